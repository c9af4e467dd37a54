from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas.rules import cooldown

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))


def test_who_never_placed_waits_for_nothing():
    assert cooldown.wait(None, NOW) == 0


@pytest.mark.parametrize(("milliseconds", "wait"), [(-1, 0), (0, 0), (1, 0.001), (299_999, 299.999)])
def test_the_wait_ends_exactly_when_the_player_is_ready(milliseconds, wait):
    assert cooldown.wait(NOW + timedelta(milliseconds=milliseconds), NOW) == wait


@given(moments, st.integers(0, 604_800))
def test_after_the_cooldown_there_is_no_wait_and_a_millisecond_before_there_is(now, seconds):
    ready_at = cooldown.next_ready_at(now, seconds)

    assert cooldown.wait(ready_at, now) == seconds
    assert cooldown.wait(ready_at, ready_at) == 0
    assert cooldown.wait(ready_at, ready_at - timedelta(milliseconds=1)) == 0.001


@given(moments)
def test_times_are_cut_to_milliseconds_never_rounded_up(moment):
    cut = cooldown.to_milliseconds(moment)

    assert cut.microsecond % 1000 == 0
    assert timedelta(0) <= moment - cut < timedelta(milliseconds=1)
    assert cooldown.to_milliseconds(cut) == cut
