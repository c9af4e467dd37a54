from datetime import UTC, datetime, timedelta

import pytest

from canvas.rules import board as rules
from canvas.rules.board import BoardInfo, InvalidBoard, State
from canvas.rules.palettes import REDDIT_2017

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def info(**changed):
    given = {
        "id": 1,
        "slug": "main",
        "title": "Main",
        "width": 8,
        "height": 6,
        "palette": REDDIT_2017,
        "cooldown": 300,
        "state": State.OPEN,
        "revision": 1,
    }
    return BoardInfo(**{**given, **changed})


@pytest.mark.parametrize(("width", "height"), [(1, 1), (4096, 4096), (1, 4096)])
def test_a_board_is_from_one_cell_to_4096_on_a_side(width, height):
    rules.check_size(width, height)


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (-1, 5), (4097, 1), (1, 4097), (65536, 65536)])
def test_another_size_is_refused(width, height):
    with pytest.raises(InvalidBoard, match=f"{width}×{height}"):
        rules.check_size(width, height)


@pytest.mark.parametrize("seconds", [0, 1, 300, 604_800])
def test_a_cooldown_is_from_none_to_a_week(seconds):
    rules.check_cooldown(seconds)


@pytest.mark.parametrize("seconds", [-1, 604_801])
def test_another_cooldown_is_refused(seconds):
    with pytest.raises(InvalidBoard):
        rules.check_cooldown(seconds)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (7, 5), (7, 0), (0, 5)])
def test_a_board_contains_its_corners(x, y):
    assert info().contains(x, y)


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (8, 0), (0, 6), (10**30, 0), (-(10**30), -(10**30))])
def test_a_board_ends_at_its_edges(x, y):
    assert not info().contains(x, y)


@pytest.mark.parametrize("state", State)
def test_without_times_the_state_is_what_was_set(state):
    assert info(state=state).state_at(NOW) is state


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "state"),
    [
        (NOW + SECOND, None, State.CLOSED),
        (NOW, None, State.OPEN),
        (NOW - SECOND, None, State.OPEN),
        (None, NOW, State.CLOSED),
        (None, NOW - SECOND, State.CLOSED),
        (None, NOW + SECOND, State.OPEN),
        (NOW - SECOND, NOW + SECOND, State.OPEN),
        (NOW + SECOND, NOW + 2 * SECOND, State.CLOSED),
    ],
)
def test_a_board_is_closed_before_it_opens_and_from_its_closing_on(opens_at, closes_at, state):
    assert info(opens_at=opens_at, closes_at=closes_at).state_at(NOW) is state


def test_opening_times_do_not_thaw_a_frozen_board():
    assert info(state=State.FROZEN, opens_at=NOW, closes_at=NOW + SECOND).state_at(NOW) is State.FROZEN


def test_a_board_at_a_time_differs_in_its_state_only():
    board = info(closes_at=NOW)

    assert board.at(NOW - SECOND) is board
    assert board.at(NOW) == info(closes_at=NOW, state=State.CLOSED)
