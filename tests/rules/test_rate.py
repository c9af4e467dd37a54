import doctest

from hypothesis import given
from hypothesis import strategies as st

from canvas.rules import rate
from canvas.rules.rate import Pacer, TokenBucket


def test_the_example_in_its_docstring_holds():
    assert doctest.testmod(rate).failed == 0


def test_a_burst_passes_at_once_and_then_one_a_token():
    bucket = TokenBucket(per_second=10, burst=20, now=5.0)

    assert [bucket.take(5.0) for _ in range(21)] == [True] * 20 + [False]
    assert bucket.take(5.125)
    assert not bucket.take(5.125)


def test_a_long_silence_earns_no_more_than_the_burst():
    bucket = TokenBucket(per_second=10, burst=3, now=0.0)

    assert [bucket.take(1e9) for _ in range(4)] == [True, True, True, False]


def test_being_refused_costs_nothing():
    bucket = TokenBucket(per_second=1, burst=1, now=0.0)
    bucket.take(0.0)
    for i in range(100):
        assert not bucket.take(i / 128)

    assert bucket.take(1.0)


def test_the_wait_is_until_the_next_token():
    bucket = TokenBucket(per_second=4, burst=1, now=0.0)

    assert bucket.wait() == 0
    bucket.take(0.0)
    assert bucket.wait() == 0.25
    bucket.take(0.125)
    assert bucket.wait() == 0.125


@given(st.lists(st.floats(0, 3), max_size=200), st.integers(1, 20), st.integers(1, 20))
def test_no_rhythm_lets_more_through_than_the_rate_and_one_burst(pauses, per_second, burst):
    bucket, now, taken = TokenBucket(per_second=per_second, burst=burst, now=0.0), 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now)

        assert taken <= burst + per_second * now + 1e-6


def test_a_storm_gets_its_turns_one_by_one_and_the_end_of_it_is_sent_away():
    pacer = Pacer(per_second=4, burst=2, patience=1.0, now=0.0)

    assert [pacer.turn(0.0) for _ in range(8)] == [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, None, None]
    assert pacer.turn(0.5) == 0.75  # who was sent away took no turn


@given(st.lists(st.floats(0, 3), max_size=200), st.integers(1, 20), st.integers(1, 20))
def test_no_storm_gets_more_turns_than_the_rate_and_one_burst(pauses, per_second, burst):
    pacer, now, turns = Pacer(per_second=per_second, burst=burst, patience=2.0, now=0.0), 0.0, []
    for pause in pauses:
        now += pause
        if (wait := pacer.turn(now)) is not None:
            assert 0 <= wait <= 2.0
            turns.append(now + wait)

    assert turns == sorted(turns)
    for count, moment in enumerate(turns, 1):
        assert count <= burst + per_second * moment + 1e-6
