"""Everybody who watches one board through this process, told everything in the same order.

Frames go out in passes, one pass at a time. Whoever fills the passes waits for the last to end before the next tick, so
what can wait here is a tick's delta, a heartbeat and a change of settings: a handful.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable

from canvas.engine.fanout import Frame, Outlet
from canvas.rules.refusals import CloseCode

logger = logging.getLogger(__name__)

FAIRNESS = 256
"""Sockets served before the loop gets its turn: acknowledgements must not wait behind a pass."""


class Crowd:
    """The sockets of one board; `on_idle` is called when the last pass has ended."""

    def __init__(self, on_idle: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_idle = on_idle
        self._outlets: set[Outlet] = set()
        self._passes: deque[tuple[list[Frame], list[Outlet]]] = deque()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._outlets)

    @property
    def idle(self) -> bool:
        """Whether everybody has been given everything."""
        return self._task is None or self._task.done()

    def add(self, outlet: Outlet) -> None:
        """Passes that wait already are not for this one: it was told what is in them when it joined."""
        self._outlets.add(outlet)

    def discard(self, outlet: Outlet) -> None:
        self._outlets.discard(outlet)

    def tell(self, frames: Iterable[Frame]) -> None:
        """Send frames to everybody who watches now, after what was told before."""
        if not self._outlets:
            return
        self._passes.append((list(frames), list(self._outlets)))
        if self.idle:
            self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        while self._passes:
            frames, outlets = self._passes.popleft()
            for served, outlet in enumerate(outlets, 1):
                if outlet in self._outlets:
                    self._serve(outlet, frames)
                if served % FAIRNESS == 0:
                    await asyncio.sleep(0)
        # Not called from in here: only then is this task done, and the crowd idle.
        self._loop.call_soon(self._on_idle)

    def _serve(self, outlet: Outlet, frames: list[Frame]) -> None:
        try:
            for frame in frames:
                outlet.write(frame)
        except Exception:
            logger.exception("A socket cannot be written to, and is let go")
            self._outlets.discard(outlet)
            self._loop.call_soon(outlet.close, CloseCode.TOO_SLOW)

    def close(self, code: int) -> None:
        """Let everybody go; what waits is not sent."""
        if self._task is not None:
            self._task.cancel()
        for outlet in list(self._outlets):
            outlet.close(code)
