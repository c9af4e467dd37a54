"""Group commit: placements queue while a commit runs, and go out together in the next one.

One thread with its own database connection. The queue is bounded; when it is full the asker is told `busy` at once,
with a wait taken from the pace of the last commits.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count, groupby

from django.db import connection

from canvas.engine.db import LOST, drop_connection
from canvas.engine.ledger import Committed
from canvas.rules import refusals
from canvas.rules.placement import Answer, Placement

logger = logging.getLogger(__name__)

TRIES = 3
RETRY_AFTER = 0.2
"""Seconds, doubled each time. Longer outages are the client's to wait out: it is told `busy` and asks again."""
RETRY_WITHIN = 2.0
"""Seconds after which no further try begins: a server that is not there, or a lock that is taken, cost some too."""


@dataclass(frozen=True, slots=True)
class Request:
    """One placement, and who waits for its answer."""

    board_id: int
    player_id: int
    placement: Placement
    answer: asyncio.Future[Answer]


Work = Callable[[int, Sequence[Request]], tuple[list[Answer], Committed | None]]
"""One transaction: judges the requests of one board, in order, and appends those that pass. It must be safe to
repeat after an error whose outcome is unknown, as request ids make it."""


class GroupCommit:
    """The writer lane of a process. Everything but `close` is called on the event loop."""

    def __init__(
        self,
        work: Work,
        *,
        loop: asyncio.AbstractEventLoop,
        on_committed: Callable[[Committed], None],
        queue_size: int,
        batch_size: int,
        apart: float = 0.0,
    ) -> None:
        self._work = work
        self._loop = loop
        self._on_committed = on_committed
        self._queue_size = queue_size
        self._batch_size = batch_size
        self._apart = apart
        self._begun = 0.0
        self._queue: deque[Request] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._pace = 500.0  # placements a second, measured as we go
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def submit(self, board_id: int, player_id: int, placement: Placement) -> asyncio.Future[Answer]:
        """Queue a placement; its future gets the answer once that is durable, or `busy` when the queue is full."""
        future: asyncio.Future[Answer] = self._loop.create_future()
        with self._wake:
            if self._closing or len(self._queue) >= self._queue_size:
                future.set_result(refusals.busy(wait=self.wait()))
                return future
            self._queue.append(Request(board_id, player_id, placement, future))
            # Nothing else changes what the thread waits for, and waking it takes the interpreter from the loop.
            if len(self._queue) == 1 or len(self._queue) >= self._batch_size:
                self._wake.notify()
        return future

    def wait(self) -> float:
        """Seconds until what is queued now should be done."""
        return max(0.1, len(self._queue) / self._pace)

    def close(self, timeout: float = 10) -> None:
        """Take nothing new, finish what is queued, let the thread go. Blocks at most `timeout` seconds."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            while batch := self._next_batch():
                started = time.monotonic()
                # Sorting is stable: within a board the order of asking stays.
                for board_id, requests in groupby(sorted(batch, key=lambda r: r.board_id), key=lambda r: r.board_id):
                    self._commit(board_id, list(requests))
                pace = len(batch) / max(time.monotonic() - started, 1e-4)
                self._pace += (pace - self._pace) * min(1.0, len(batch) / self._batch_size)
        finally:
            connection.close()

    def _next_batch(self) -> list[Request]:
        """What is queued, at most a batch; waits for something. Empty when closing and drained.

        At once when idle; under load commits begin `apart` seconds from each other, because one of a single placement
        costs the process nearly as much as one of twenty.
        """
        with self._wake:
            while not self._queue and not self._closing:
                self._wake.wait()
            while len(self._queue) < self._batch_size and not self._closing:
                rest = self._begun + self._apart - time.monotonic()
                if rest <= 0:
                    break
                self._wake.wait(rest)
            self._begun = time.monotonic()
            return [self._queue.popleft() for _ in range(min(len(self._queue), self._batch_size))]

    def _commit(self, board_id: int, requests: list[Request]) -> None:
        answers: list[Answer]
        committed: Committed | None = None
        try:
            answers, committed = self._persistently(board_id, requests)
        except LOST as error:
            logger.error("The database cannot be reached; %d placements are answered busy: %s", len(requests), error)
            answers = [refusals.busy(wait=2.0)] * len(requests)
        except Exception:
            logger.exception("A commit of %d placements failed", len(requests))
            if len(requests) > 1:
                # One bad request must not spoil its neighbours: each gets a transaction of its own.
                for request in requests:
                    self._commit(board_id, [request])
                return
            answers = [refusals.busy(wait=2.0)]
        self._tell(requests, answers, committed)

    def _persistently(self, board_id: int, requests: list[Request]) -> tuple[list[Answer], Committed | None]:
        started = time.monotonic()
        for attempt in count():
            try:
                return self._work(board_id, requests)
            except LOST:
                drop_connection()
                if attempt + 1 == TRIES or time.monotonic() - started > RETRY_WITHIN:
                    raise
                time.sleep(RETRY_AFTER * 2**attempt)
        raise AssertionError

    def _tell(self, requests: list[Request], answers: list[Answer], committed: Committed | None) -> None:
        def tell() -> None:
            for request, answer in zip(requests, answers, strict=True):
                if not request.answer.done():  # the asker may have gone
                    request.answer.set_result(answer)
            if committed is not None:
                self._on_committed(committed)

        try:
            self._loop.call_soon_threadsafe(tell)
        except RuntimeError:
            logger.warning("The event loop closed before %d placements could be answered", len(requests))
