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


class Pacer:
    """Gives each caller its turn: `burst` at once, in the long run `per_second`, nobody later than `patience` seconds.

    >>> pacer = Pacer(per_second=1, burst=1, patience=1.5, now=0.0)
    >>> [pacer.turn(0.0), pacer.turn(0.0), pacer.turn(0.0)]
    [0.0, 1.0, None]
    """

    __slots__ = ("_lead", "_next", "_patience", "_step")

    def __init__(self, *, per_second: float, burst: float, patience: float, now: float) -> None:
        self._step = 1 / per_second
        self._lead = (burst - 1) * self._step
        self._patience = patience
        self._next = now - self._lead

    def turn(self, now: float) -> float | None:
        """Seconds to wait; None when that would be longer than `patience`, and nothing is taken then."""
        turn = max(self._next, now - self._lead)
        wait = max(0.0, turn - now)
        if wait > self._patience:
            return None
        self._next = turn + self._step
        return wait
