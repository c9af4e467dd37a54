"""Between processes: one member of each board's channel-layer group per process, whatever the number of sockets.

The channel layer may lose, double or reorder messages, and may be down: nothing here retries. Who listens finds the
gap by its seqs and reads the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from channels.layers import get_channel_layer

from canvas.engine.ledger import Committed

logger = logging.getLogger(__name__)

MAX_OUTGOING = 1_000
"""Messages waiting to be published. Beyond it the oldest is dropped, as the layer itself might have done."""
SEND_TIMEOUT = 2.0
RETRY_AFTER = 0.5


def group_of(board_id: int) -> str:
    return f"board.{board_id}"


class Relay:
    """Publishes what this process committed; hands on what others published."""

    def __init__(self, process_id: str, on_message: Callable[[dict[str, Any]], None]) -> None:
        self._process_id = process_id
        self._on_message = on_message
        self._layer = get_channel_layer()
        self._boards: set[int] = set()
        self._channel: str | None = None
        self._outgoing: deque[tuple[int, dict[str, Any]]] = deque(maxlen=MAX_OUTGOING)
        self._wake = asyncio.Event()
        self._healthy = True
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._publish())]

    @property
    def healthy(self) -> bool:
        """Whether the last thing tried with the channel layer worked."""
        return self._healthy

    async def follow(self, board_id: int) -> None:
        """Hear of a board from now on."""
        self._boards.add(board_id)
        if self._channel is not None:
            try:
                await self._add(board_id)
            except Exception as error:  # redis-py and the layer raise many kinds; none may stop a board from opening
                self._unhealthy(error)
                self._tasks.append(asyncio.create_task(self._keep_adding(board_id)))

    def committed(self, committed: Committed) -> None:
        """Tell the others of new records."""
        message = {"type": "board.delta", "first_seq": committed.first_seq, "records": committed.records}
        self.publish(committed.board_id, message)

    def publish(self, board_id: int, message: dict[str, Any]) -> None:
        self._outgoing.append((board_id, {**message, "board": board_id, "process": self._process_id}))
        self._wake.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _add(self, board_id: int) -> None:
        # Not wait_for(): in Python 3.11 it forgets a cancellation that comes together with the layer's error.
        async with asyncio.timeout(SEND_TIMEOUT):
            await self._layer.group_add(group_of(board_id), self._channel)

    async def _keep_adding(self, board_id: int) -> None:
        while True:
            await asyncio.sleep(RETRY_AFTER)
            try:
                await self._add(board_id)
                return
            except Exception as error:
                self._unhealthy(error)

    async def _receive(self) -> None:
        while True:
            try:
                # One for good: a channel that is given up for a new one stays in its groups, and what is sent to it
                # is collected by the layer and read by nobody.
                if self._channel is None:
                    self._channel = await self._layer.new_channel()
                for board_id in list(self._boards):
                    await self._add(board_id)
                while True:
                    message = await self._layer.receive(self._channel)
                    self._healthy = True
                    if message.get("process") != self._process_id:
                        self._hand_on(message)
            except Exception as error:
                self._unhealthy(error)
                await asyncio.sleep(RETRY_AFTER)

    def _hand_on(self, message: dict[str, Any]) -> None:
        try:
            self._on_message(message)
        except Exception:
            # From a process of another version, perhaps: no fault of the layer, and no reason to stop listening.
            logger.exception("A message from another process makes no sense")

    async def _publish(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outgoing:
                board_id, message = self._outgoing.popleft()
                try:
                    async with asyncio.timeout(SEND_TIMEOUT):
                        await self._layer.group_send(group_of(board_id), message)
                    self._healthy = True
                except Exception as error:
                    self._unhealthy(error)

    def _unhealthy(self, error: Exception) -> None:
        if self._healthy:  # once per outage, not once per message
            logger.warning("The channel layer does not answer; the log is polled instead: %r", error)
        self._healthy = False
