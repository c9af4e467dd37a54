"""The ring is a list of records of which only the newest are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from canvas.engine.ring import Ring
from canvas.rules import wire

SIZE = 20


def packed(seqs):
    """Records that name their seq."""
    return wire.pack_records((seq & 0xFFFF, seq >> 16, 0) for seq in seqs)


class RingModel(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.start = 1000
        self.ring = Ring(last=self.start, size=SIZE)
        self.seqs = []
        self.now = 0.0
        self.there = {}
        self.forgotten = self.start

    @rule(count=st.integers(0, 30), kind=st.sampled_from([bytes, bytearray, memoryview]))
    def append(self, count, kind):
        first = self.ring.last + 1
        self.ring.append(kind(packed(range(first, first + count))))
        self.seqs += range(first, first + count)

    @rule(later=st.floats(0, 30))
    def mark(self, later):
        self.now += later
        self.ring.mark(self.now)
        self.there[self.now] = self.ring.last

    @rule(age=st.floats(0, 100))
    def forget(self, age):
        first = self.ring.first
        self.ring.forget(self.now - age)
        old = [seq for moment, seq in self.there.items() if moment <= self.now - age]
        # What is younger stays, whatever it is that goes.
        assert first <= self.ring.first <= max([first, *(seq + 1 for seq in old)])
        self.forgotten = max(self.forgotten, self.ring.first - 1)

    @rule(data=st.data())
    def look(self, data):
        after = data.draw(st.integers(self.ring.first - 3, self.ring.last + 3))
        upto = data.draw(st.integers(self.ring.first - 3, self.ring.last + 3))
        held = self.ring.first - 1 <= after <= upto <= self.ring.last
        assert self.ring.between(after, upto) == (packed(range(after + 1, upto + 1)) if held else None)

    @invariant()
    def it_holds_the_newest_and_not_much_more(self):
        held = self.ring.last - self.ring.first + 1
        assert min(SIZE, self.ring.last - self.forgotten) <= held <= SIZE * 5 // 4
        assert self.ring.last == self.start + len(self.seqs)


TestRingModel = RingModel.TestCase


def test_an_empty_ring_continues_at_its_seq_only():
    ring = Ring(last=7, size=SIZE)

    assert (ring.first, ring.last) == (8, 7)
    assert ring.between(7, 7) == b""
    assert ring.between(6, 7) is None
    assert ring.between(7, 8) is None
    assert ring.between(8, 8) is None


def test_more_than_fits_leaves_the_newest():
    ring = Ring(last=0, size=3)
    ring.append(packed(range(1, 101)))

    assert (ring.first, ring.last) == (98, 100)
    assert ring.between(97, 100) == packed([98, 99, 100])


@given(st.integers(1, 50))
def test_the_smallest_ring_works(count):
    ring = Ring(last=0, size=1)
    for seq in range(1, count + 1):
        ring.append(packed([seq]))

    assert ring.between(count - 1, count) == packed([count])


@pytest.mark.parametrize("reader", ["between", "append"])
def test_what_was_handed_out_does_not_change_later(reader):
    ring = Ring(last=0, size=5)
    ring.append(packed([1, 2, 3]))
    handed = ring.between(0, 3)
    ring.append(packed(range(4, 50)))

    assert handed == packed([1, 2, 3])


def test_what_is_older_than_asked_is_forgotten_and_the_rest_stays():
    ring = Ring(last=0, size=100)
    ring.append(packed(range(1, 6)))
    ring.mark(100.0)
    ring.append(packed(range(6, 8)))
    ring.mark(200.0)

    ring.forget(before=99.0)
    assert ring.first == 1
    ring.forget(before=150.0)
    assert (ring.first, ring.last) == (6, 7)
    assert ring.between(5, 7) == packed(range(6, 8))
    ring.forget(before=1000.0)
    assert (ring.first, ring.last) == (8, 7)
    assert ring.between(7, 7) == b""


def test_what_is_old_is_forgotten_and_what_is_young_is_not():
    ring = Ring(last=0, size=100)
    for second in range(0, 60, 10):
        ring.append(packed([second]))
        ring.mark(second)
    ring.forget(20)

    assert (ring.first, ring.last) == (4, 6)
    ring.forget(1000)
    assert (ring.first, ring.last) == (7, 6)
    assert ring.between(6, 6) == b""


def test_marks_are_no_closer_than_they_need_be():
    ring = Ring(last=0, size=100)
    for tenth in range(1000):
        ring.mark(tenth / 10)

    assert len(ring._marks) == 10
