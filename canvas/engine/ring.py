"""The recent log as packed records, for clients that come back and for the next frame."""

from __future__ import annotations

from collections import deque

from canvas.rules.wire import RECORD_SIZE

MARK_SECONDS = 10.0
"""How exactly the age of records is known; a mark is a pair of numbers."""


class Ring:
    """Records with seqs `first` … `last`, in order. The oldest go first; who needs those must resync.

    Sized by time (`forget`), so that a client may be away as long on a busy board as on a quiet one, and bounded by
    `size` records whatever the rate.
    """

    __slots__ = ("_bytes", "_marks", "_size", "last")

    def __init__(self, *, last: int, size: int) -> None:
        self._bytes = bytearray()
        self._marks: deque[tuple[float, int]] = deque()
        self._size = size
        self.last = last

    @property
    def first(self) -> int:
        """The oldest seq held; last + 1 when empty."""
        return self.last - len(self._bytes) // RECORD_SIZE + 1

    def append(self, records: bytes | bytearray | memoryview) -> None:
        self._bytes += records
        self.last += len(records) // RECORD_SIZE
        # Cut in large steps: taking from the front of a bytearray costs its length every few times.
        if len(self._bytes) > self._size * RECORD_SIZE * 5 // 4:
            del self._bytes[: len(self._bytes) - self._size * RECORD_SIZE]

    def mark(self, now: float) -> None:
        """Note that what is held was all there at this time, in seconds of any steady clock."""
        if not self._marks or now - self._marks[-1][0] >= MARK_SECONDS:
            self._marks.append((now, self.last))

    def forget(self, before: float) -> None:
        """Let go of what was there at this time."""
        seq = 0
        while self._marks and self._marks[0][0] <= before:
            seq = self._marks.popleft()[1]
        if seq >= self.first:
            del self._bytes[: (seq - self.first + 1) * RECORD_SIZE]

    def between(self, after: int, upto: int) -> bytes | None:
        """Records with after < seq ≤ upto; None when some of them are not held."""
        if after > upto or after < self.first - 1 or upto > self.last:
            return None
        start = (after - self.first + 1) * RECORD_SIZE
        return bytes(self._bytes[start : start + (upto - after) * RECORD_SIZE])
