from datetime import timedelta
from uuid import uuid4

import pytest

from canvas.rules.board import State
from canvas.rules.placement import Placement, judge
from canvas.rules.refusals import Code
from tests.rules.test_board import NOW, SECOND, info


def refused(board=None, *, x=1, y=1, color=1, ready_at=None):
    refusal = judge(board or info(), Placement(uuid4(), x, y, color), ready_at=ready_at, now=NOW)
    return refusal and refusal.code


def test_a_pixel_on_an_open_board_by_somebody_who_is_ready_is_allowed():
    assert refused() is None
    assert refused(ready_at=NOW) is None
    assert refused(ready_at=NOW - SECOND) is None


@pytest.mark.parametrize(("x", "y"), [(8, 0), (0, 6), (-1, 0), (0, -1), (2**64, 0), (0, -(10**300))])
def test_a_cell_beyond_the_edge_is_out_of_bounds(x, y):
    assert refused(x=x, y=y) is Code.OUT_OF_BOUNDS


@pytest.mark.parametrize("color", [-1, 16, 256, 10**300])
def test_a_color_beyond_the_palette_is_unknown(color):
    assert refused(color=color) is Code.UNKNOWN_COLOR


@pytest.mark.parametrize("color", [0, 15])
def test_the_first_and_the_last_color_are_known(color):
    assert refused(color=color) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"state": State.FROZEN}, Code.BOARD_FROZEN),
        ({"state": State.CLOSED}, Code.BOARD_CLOSED),
        ({"opens_at": NOW + SECOND}, Code.BOARD_CLOSED),
        ({"closes_at": NOW}, Code.BOARD_CLOSED),
        ({"state": State.FROZEN, "closes_at": NOW}, Code.BOARD_CLOSED),
    ],
)
def test_a_board_that_is_not_open_takes_nothing(changed, code):
    assert refused(info(**changed)) is code


def test_a_player_in_the_cooldown_is_told_how_long():
    ready_at = NOW + timedelta(seconds=12.5)

    refusal = judge(info(), Placement(uuid4(), 0, 0, 0), ready_at=ready_at, now=NOW)

    assert (refusal.code, refusal.wait, refusal.ready_at) == (Code.COOLDOWN, 12.5, ready_at)


def test_a_board_without_a_cooldown_asks_for_no_patience():
    assert refused(info(cooldown=0), ready_at=NOW + SECOND) is None


def test_what_can_never_pass_is_told_before_what_passes_by_waiting():
    late = {"ready_at": NOW + SECOND}
    frozen = info(state=State.FROZEN)

    assert refused(frozen, x=99, color=99, **late) is Code.OUT_OF_BOUNDS
    assert refused(frozen, color=99, **late) is Code.UNKNOWN_COLOR
    assert refused(frozen, **late) is Code.BOARD_FROZEN
    assert refused(**late) is Code.COOLDOWN
