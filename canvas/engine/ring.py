"""The recent log as packed records, for clients that come back and for the next frame."""

from __future__ import annotations

from canvas.rules.wire import RECORD_SIZE


class Ring:
    """Records with seqs `first` … `last`, in order. Bounded: the oldest go first; who needs those must resync."""

    __slots__ = ("_bytes", "_size", "last")

    def __init__(self, *, last: int, size: int) -> None:
        self._bytes = bytearray()
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

    def between(self, after: int, upto: int) -> bytes | None:
        """Records with after < seq ≤ upto; None when some of them are not held."""
        if after > upto or after < self.first - 1 or upto > self.last:
            return None
        start = (after - self.first + 1) * RECORD_SIZE
        return bytes(self._bytes[start : start + (upto - after) * RECORD_SIZE])
