"""One frame to one socket. Two ways behind one interface, chosen per socket.

An `Outlet` never waits: it hands the frame on or lets the client go. `Frame` holds a message once for all sockets,
with the bytes of its WebSocket frame made at most once: a server's frames are not masked, so they are the same for
everybody.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any, Protocol

from canvas.rules.refusals import CloseCode

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Frame:
    """A text (str) or binary (bytes) message."""

    def __init__(self, payload: str | bytes) -> None:
        self.payload = payload

    @cached_property
    def wire(self) -> bytes:
        """The whole WebSocket frame, RFC 6455 section 5.2: final, unmasked."""
        binary = isinstance(self.payload, bytes)
        body = self.payload if isinstance(self.payload, bytes) else self.payload.encode()
        head = 0x82 if binary else 0x81
        if len(body) < 126:
            return struct.pack("!BB", head, len(body)) + body
        if len(body) < 65_536:
            return struct.pack("!BBH", head, 126, len(body)) + body
        return struct.pack("!BBQ", head, 127, len(body)) + body

    def __len__(self) -> int:
        return len(self.payload)


class DirectSocket(Protocol):
    """What a server offers in the scope's extensions under `placesite.direct`: the socket without the ASGI way."""

    def write(self, data: bytes) -> None: ...

    def buffered(self) -> int: ...


class Outlet(Protocol):
    """Where a feed's frames for one client go, in the order given."""

    def write(self, frame: Frame) -> None: ...

    def close(self, code: int) -> None: ...


class DirectOutlet:
    """Ready-made bytes straight to the transport.

    Bound: a client for whom the transport holds more than `max_buffered` bytes is let go with 4008.
    """

    __slots__ = ("_close", "_closed", "_max_buffered", "_socket")

    def __init__(self, socket: DirectSocket, *, close: Callable[[int], None], max_buffered: int) -> None:
        self._socket = socket
        self._close = close
        self._max_buffered = max_buffered
        self._closed = False

    def write(self, frame: Frame) -> None:
        if self._closed:
            return
        self._socket.write(frame.wire)
        if self._socket.buffered() > self._max_buffered:
            self.close(CloseCode.TOO_SLOW)

    def close(self, code: int) -> None:
        if not self._closed:
            self._closed = True
            self._close(code)


class QueueOutlet:
    """The plain ASGI `send`, for any other server: a task of its own per socket, behind a bounded queue.

    Bound: a client for whom more than `max_buffered` bytes wait is let go with 4008.
    """

    def __init__(self, send: Send, *, max_buffered: int) -> None:
        self._send = send
        self._max_buffered = max_buffered
        self._waiting = 0
        self._queue: asyncio.Queue[Frame | int] = asyncio.Queue()
        self._closed = False
        self._task = asyncio.create_task(self._run())

    def write(self, frame: Frame) -> None:
        if self._closed:
            return
        self._waiting += len(frame)
        if self._waiting > self._max_buffered:
            self.close(CloseCode.TOO_SLOW)
        else:
            self._queue.put_nowait(frame)

    def close(self, code: int) -> None:
        if self._closed:
            return
        self._closed = True
        if code == CloseCode.TOO_SLOW:
            while not self._queue.empty():  # nobody reads what waits here
                self._queue.get_nowait()
        self._queue.put_nowait(code)

    def abandon(self) -> None:
        """The client is gone: stop sending."""
        self._closed = True
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            item = await self._queue.get()
            try:
                if isinstance(item, int):
                    await self._send({"type": "websocket.close", "code": item})
                    return
                self._waiting -= len(item)
                key = "bytes" if isinstance(item.payload, bytes) else "text"
                await self._send({"type": "websocket.send", key: item.payload})
            except (OSError, RuntimeError):
                self._closed = True  # the transport went away; the consumer hears of it by itself
                return
