"""The token bucket: how much one socket may say. Time is given in seconds of any steady clock."""

from __future__ import annotations


class TokenBucket:
    """Lets `burst` through at once and `per_second` in the long run.

    >>> bucket = TokenBucket(per_second=1, burst=2, now=0.0)
    >>> [bucket.take(0.0), bucket.take(0.0), bucket.take(0.0), bucket.take(1.0)]
    [True, True, False, True]
    """

    __slots__ = ("_burst", "_per_second", "_then", "_tokens")

    def __init__(self, *, per_second: float, burst: float, now: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._then = now

    def take(self, now: float) -> bool:
        """Take one token if there is one."""
        self._tokens = min(self._burst, self._tokens + (now - self._then) * self._per_second)
        self._then = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def wait(self) -> float:
        """Seconds until the next token, as of the last `take`."""
        return max(0.0, (1 - self._tokens) / self._per_second)
