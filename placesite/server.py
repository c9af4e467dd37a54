"""The server: Daphne, with a direct way for the feed's frames, a limit on messages, and an orderly end.

`serve` and `runserver` use it. Any other ASGI server runs the application too, with the plain `send` for every frame.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
from collections.abc import Callable
from typing import Any

import autobahn.websocket.protocol
from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketProtocol
from django.utils.http import http_date
from twisted.internet import defer
from twisted.internet import reactor as _reactor

from canvas.actions import site
from canvas.rules.messages import MAX_MESSAGE_SIZE
from canvas.rules.refusals import CLOSE_REASONS

logger = logging.getLogger(__name__)
reactor: Any = _reactor  # a module to the type checker, the running reactor in truth

# autobahn writes a coloured, pretty-printed debug line for every handshake before it asks whether anybody logs it: a
# quarter of what a handshake costs. The names below are what those lines are made with, and nothing else is.
for _name in ("pformat", "hltype", "hlval"):
    if hasattr(autobahn.websocket.protocol, _name):
        setattr(autobahn.websocket.protocol, _name, lambda *_, **__: "")

GOODBYE_SECONDS = 0.5
"""How long clients have to answer the close frame before the process ends."""


class BoardProtocol(WebSocketProtocol):
    """A WebSocket whose client may say little at a time."""

    failedByMe: bool  # noqa: N815  # autobahn's name for: what comes in from now on is thrown away

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802  # Daphne's name
        """Close with a sentence too; Daphne passes on the code alone."""
        self.sendClose(code=code or 1000, reason=CLOSE_REASONS.get(code or 1000))

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802  # autobahn's name
        """Stop reading a message as soon as a frame's header says that it gets too large: nothing is buffered.

        autobahn's own limit would also bound what we send, and close without a word.
        """
        super().onMessageFrameBegin(length)
        if not self.failedByMe and self.message_data_total_length > MAX_MESSAGE_SIZE:
            self.failedByMe = True
            self.application_queue.put_nowait({"type": "websocket.receive", "text": "", "too_large": True})


class DirectSocket:
    """The socket of one client for ready-made frames, past ASGI, autobahn and, where it can be, the transport.

    A frame goes to `socket.send` while the transport holds nothing back; otherwise, and with TLS, to the transport,
    so frames never overtake each other or what autobahn writes. It relies on what Twisted's TCP connection keeps in
    `dataBuffer`, `offset`, `_tempDataBuffer` and `_tempDataLen`; a transport without them gets the slower way.
    """

    __slots__ = ("_plain", "_protocol", "_send", "_transport")

    def __init__(self, protocol: BoardProtocol) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self._plain = all(hasattr(self._transport, name) for name in ("socket", "dataBuffer", "_tempDataBuffer"))
        self._send = self._transport.socket.send if self._plain else None

    def write(self, data: bytes) -> None:
        """Send now what can be sent now, let the transport send the rest."""
        if self._protocol.state != BoardProtocol.STATE_OPEN:
            return
        transport = self._transport
        if (
            self._send is not None
            and not transport.dataBuffer
            and not transport._tempDataBuffer
            and transport.connected
            and not transport.disconnecting
        ):
            try:
                sent = self._send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                sent = 0  # the transport meets the same error, and knows how to end a connection
            if sent == len(data):
                return
            data = data[sent:]
        transport.write(data)

    def buffered(self) -> int:
        """Bytes that the transport holds back because the client does not read."""
        if not self._plain:
            return 0  # TLS is ended by the proxy in front; where it is not, the kernel's buffer is the only measure
        return len(self._transport.dataBuffer) - self._transport.offset + self._transport._tempDataLen

    def abort(self) -> None:
        """End the connection without sending what is held back; nothing when it has ended."""
        if self._protocol.state != BoardProtocol.STATE_CLOSED:
            self._transport.abortConnection()


class Server(DaphneServer):
    """One process that serves. `failed` says after `run` why it never listened."""

    def __init__(
        self, *args: Any, on_listening: Callable[[], None] | None = None, parent: int | None = None, **kwargs: Any
    ) -> None:
        # Our own limit is lower, and told; 0 takes away autobahn's, which would bound what we send as well.
        kwargs |= {"websocket_max_message_size": 0, "websocket_max_frame_size": 0, "websocket_timeout": -1}
        # A handshake may have to wait for its turn in a storm.
        kwargs |= {"websocket_handshake_timeout": 20, "websocket_connect_timeout": 20}
        super().__init__(*args, **kwargs)
        self.on_listening = on_listening
        self.parent = parent
        self.failed: str | None = None

    @property
    def ws_factory(self) -> Any:
        return self._ws_factory

    @ws_factory.setter
    def ws_factory(self, factory: Any) -> None:
        # Daphne makes its factory inside run(); this is the one moment to give it our protocol.
        factory.protocol = BoardProtocol
        self._ws_factory = factory

    def run(self) -> None:
        reactor.callWhenRunning(site.hub)
        if self.parent is not None:
            reactor.callLater(1, self._check_parent)
        super().run()

    def _check_parent(self) -> None:
        """A worker whose supervisor was killed ends too: the port must not be held by nobody's children."""
        if os.getppid() != self.parent:
            self.stop()
        else:
            reactor.callLater(1, self._check_parent)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket":
            scope.setdefault("extensions", {})["placesite.direct"] = DirectSocket(protocol)
        # A context of its own: on a kept connection Daphne calls this from within the application that has just
        # answered, and asgiref would take that one's thread, gone by then, for the new one's.
        return contextvars.Context().run(super().create_application, protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Every answer carries the date (RFC 9110 section 6.6.1): pages set their clocks by it."""
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (b"Date", http_date().encode())]}
        await super().handle_reply(protocol, message)

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports = [*getattr(self, "_ports", []), port]
        if self.on_listening is not None:
            self.on_listening()

    def listen_error(self, failure: Any) -> None:
        self.failed = failure.getErrorMessage()
        self.stop()

    def kill_all_applications(self) -> Any:
        """Before the reactor ends: no new connections, commits finished, clients told, then the rest."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        for port in getattr(self, "_ports", []):
            await defer.maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())
        try:
            await site.close()
        except Exception:
            logger.exception("The end was not orderly; what was acknowledged is in the database all the same")
        await asyncio.sleep(GOODBYE_SECONDS)
        for details in list(self.connections.values()):
            application = details.get("application_instance")
            if application is not None and not application.done():
                application.cancel()
