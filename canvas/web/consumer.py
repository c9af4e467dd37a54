"""The socket of one client: text frames in, frames of the feed out.

It has no channel of its own: the feed does the sending, for all sockets of the process at once. It waits for nothing:
a placement's answer is written when its future has it, so one slow commit holds up neither the socket nor the feed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.db import DatabaseError
from django.http.cookie import parse_cookie

from canvas.actions import players, site, watching
from canvas.actions.players import Identity
from canvas.actions.watching import Watch
from canvas.engine.fanout import DirectOutlet, Frame, Outlet, QueueOutlet
from canvas.engine.feed import Feed
from canvas.rules import messages, refusals
from canvas.rules.messages import Ping
from canvas.rules.placement import Answer, Placement
from canvas.rules.rate import TokenBucket
from canvas.rules.refusals import CloseCode, Code, Refusal
from canvas.web import origin

logger = logging.getLogger(__name__)

MESSAGES_PER_SECOND = 10
BURST = 30
"""Messages at once; in the long run MESSAGES_PER_SECOND count."""
MAX_MALFORMED = 10
MALFORMED_WINDOW = 60.0
MAX_EXCESS = 200
"""Messages over the rate after which a client is no longer answered but let go: answers are not free."""
SLOW_GRACE = 5.0
"""Seconds that a client which was told it is too slow has to hear it."""


class BoardConsumer(AsyncConsumer):
    """One socket. Illegal for a client is told with a refusal; what keeps on, closes it."""

    # No such layer: without a channel of its own a consumer costs the layer nothing.
    channel_layer_alias = "none: the feed has one for all"

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels' own looks after database connections around each message; no ORM runs in here.
        match message["type"]:
            case "websocket.connect":
                await self.on_connect()
            case "websocket.receive":
                self.on_receive(message)
            case "websocket.disconnect":
                self.on_disconnect()
                raise StopConsumer

    async def on_connect(self) -> None:
        self.watch: Watch | None = None
        self.outlet: Outlet | None = None
        headers = origin.scope_headers(self.scope["headers"])
        if not origin.allowed(headers.get("origin"), headers.get("host")):
            await self.send({"type": "websocket.close"})  # before the accept: HTTP 403
            return
        feed, identity, code = await self.admit(headers.get("cookie"))
        await self.send({"type": "websocket.accept"})
        if feed is None or code is not None:
            await self.send({"type": "websocket.close", "code": code})
            return
        now = asyncio.get_running_loop().time()
        self.board_id = feed.info.id
        self.identity = identity
        self.bucket = TokenBucket(per_second=MESSAGES_PER_SECOND, burst=BURST, now=now)
        self.excess = 0
        self.malformed: deque[float] = deque(maxlen=MAX_MALFORMED)
        self.outlet = self.make_outlet()
        query = parse_qs(self.scope["query_string"].decode("latin1"), keep_blank_values=True)
        peer = self.scope["client"][0] if self.scope.get("client") else None
        self.watch = await watching.join(
            feed,
            self.outlet,
            since=watching.parse_since(query["since"][-1] if "since" in query else None),
            identity=identity,
            address_hash=players.address_hash(origin.address(peer, headers.get("x-forwarded-for"))),
        )

    async def admit(self, cookies: str | None) -> tuple[Feed | None, Identity | None, int | None]:
        """Wait for this handshake's turn, find board and player: (feed, identity, close code if it may not stay)."""
        hub = site.hub()
        wait = hub.admission.turn(hub.loop.time())
        if wait is None or hub.sockets >= settings.MAX_SOCKETS:
            return None, None, CloseCode.FULL
        if wait:
            await asyncio.sleep(wait)
        cookie = parse_cookie(cookies).get(players.COOKIE) if cookies else None
        try:
            feed = await hub.feed(self.scope["url_route"]["kwargs"]["slug"])
            player = await site.recognise(cookie)
        except DatabaseError as error:
            logger.warning("A socket was sent away, the database does not answer: %s", error)
            return None, None, CloseCode.GOING_AWAY
        if feed is None:
            return None, None, CloseCode.NO_SUCH_BOARD
        return feed, players.identity(player) if player else None, None

    def make_outlet(self) -> Outlet:
        """The direct way where the server offers it, the plain ASGI `send` elsewhere."""
        socket = self.scope.get("extensions", {}).get("placesite.direct")
        if socket is None:
            return QueueOutlet(self.send, max_buffered=settings.MAX_BUFFERED_BYTES)

        def close(code: int) -> None:
            loop = asyncio.get_running_loop()
            loop.create_task(self.send({"type": "websocket.close", "code": code}))  # noqa: RUF006  # ends by itself
            if code == CloseCode.TOO_SLOW:
                loop.call_later(SLOW_GRACE, socket.abort)

        return DirectOutlet(socket, close=close, max_buffered=settings.MAX_BUFFERED_BYTES)

    def on_receive(self, message: dict[str, Any]) -> None:
        if self.outlet is None:
            return  # it was not let in, and says something all the same
        now = asyncio.get_running_loop().time()
        if not self.bucket.take(now):
            self.excess += 1
            self.refuse(refusals.rate_limited(wait=self.bucket.wait()), now)
            return
        text = message.get("text")
        said: Placement | Ping | Refusal
        if message.get("too_large"):
            said = refusals.too_large(limit=messages.MAX_MESSAGE_SIZE)
        elif text is None:
            if len(message.get("bytes") or b"") > messages.MAX_MESSAGE_SIZE:
                said = refusals.too_large(limit=messages.MAX_MESSAGE_SIZE)
            else:
                said = refusals.malformed("Messages are text frames with JSON; this one was binary.")
        else:
            said = messages.parse(text)
        match said:
            case Placement():
                self.place(said)
            case Ping():
                self.outlet.write(Frame('{"type":"pong"}'))
            case Refusal():
                self.refuse(said, now)

    def place(self, placement: Placement) -> None:
        if self.identity is None:
            self.answer(refusals.unauthenticated(), placement)
            return
        future = site.hub().commit.submit(self.board_id, self.identity.id, placement)
        future.add_done_callback(lambda done: self.answer(done.result(), placement))

    def answer(self, answer: Answer, placement: Placement) -> None:
        if self.outlet is not None:
            self.outlet.write(Frame(messages.dumps(messages.answer_json(answer, request_id=placement.given_id))))

    def refuse(self, refusal: Refusal, now: float) -> None:
        """Say what was wrong with a message; close when it was too much of it."""
        assert self.outlet is not None
        if self.excess <= MAX_EXCESS:
            self.outlet.write(Frame(messages.dumps(messages.answer_json(refusal))))
        if refusal.code is Code.MALFORMED:
            self.malformed.append(now)
        often = len(self.malformed) == MAX_MALFORMED and now - self.malformed[0] <= MALFORMED_WINDOW
        if often or refusal.code is Code.TOO_LARGE or self.excess > MAX_EXCESS:
            self.outlet.close(CloseCode.PROTOCOL_VIOLATION)
            self.outlet = None

    def on_disconnect(self) -> None:
        if self.watch is not None:
            watching.leave(self.watch)
            if isinstance(self.watch.outlet, QueueOutlet):
                self.watch.outlet.abandon()
            self.watch = None
        self.outlet = None
