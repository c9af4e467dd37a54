"""One bot: a player of its own with a socket of its own, as a browser has them."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from canvas.actions.bots_picture import Cell
from canvas.actions.players import COOKIE
from canvas.rules.refusals import CloseCode

ANSWER_SECONDS = 15.0
"""A placement without an answer until then is lost."""
TRIES = 5
"""Times in a row that a bot tries to become a player, or to open its socket."""
RECONNECT_SECONDS = 5.0
"""Up to so long a bot waits before it comes back, as the protocol asks of every client."""
FINAL = frozenset(
    {CloseCode.KICKED, CloseCode.BANNED, CloseCode.PROTOCOL_VIOLATION, CloseCode.NO_SUCH_BOARD, CloseCode.FULL}
)
"""Close codes after which there is no coming back."""


class BotGone(Exception):
    """Why a bot has given up."""


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def socket_of(url: str, slug: str) -> str:
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, f"{parts.path.rstrip('/')}/ws/{slug}/", "", ""))


class Bot:
    """`on_ready(bot)` is called with each hello: the bot can place from then on."""

    def __init__(self, url: str, slug: str, on_ready: Callable[[Bot], None]) -> None:
        self._url = url
        self._slug = slug
        self._on_ready = on_ready
        self._socket: ClientConnection | None = None
        self._answers: dict[str, asyncio.Future[dict[str, Any] | None]] = {}
        self.connections = 0
        """Rises with every hello: what was planned with an earlier socket is void."""
        self.board: dict[str, Any] = {}
        """The board, as the last hello has it."""

    @property
    def connected(self) -> bool:
        return self._socket is not None

    async def run(self, http: httpx.AsyncClient, opening: asyncio.Semaphore) -> None:
        """Become a player, then listen, and come back after a lost connection. Raises BotGone, never returns."""
        async with opening:
            cookie = await self._become_player(http)
        failures = 0
        while True:
            before = self.connections
            try:
                async with opening:
                    socket = await self._open(cookie)
                await self._listen(socket)
                why = f"closed the socket with {socket.close_code}"
                if socket.close_code in FINAL:
                    raise BotGone(f"The server {why} {socket.close_reason}".rstrip() + ".")
            except InvalidStatus as error:
                raise BotGone(f"The server refused the socket with HTTP {error.response.status_code}.") from error
            except (OSError, TimeoutError, InvalidHandshake) as error:
                why = f"cannot be reached ({error})"
            failures = 0 if self.connections > before else failures + 1
            if failures == TRIES:
                raise BotGone(f"The server {why}.")
            await asyncio.sleep(random.uniform(0, RECONNECT_SECONDS))

    async def place(self, cell: Cell) -> dict[str, Any] | None:
        """The server's answer, `placed` or `refused`; None when none comes."""
        x, y, color = cell
        request = str(uuid4())
        answer = self._answers[request] = asyncio.get_running_loop().create_future()
        try:
            if self._socket is None:
                return None
            message = {"type": "place", "id": request, "x": x, "y": y, "color": color}
            await self._socket.send(json.dumps(message))
            return await asyncio.wait_for(answer, ANSWER_SECONDS)
        except (ConnectionClosed, TimeoutError):
            return None
        finally:
            self._answers.pop(request, None)

    async def _become_player(self, http: httpx.AsyncClient) -> str:
        why = ""
        for _ in range(TRIES):
            try:
                response = await http.post("/api/players", json={})
            except httpx.HTTPError as error:
                raise BotGone(f"Nobody answers at {self._url} ({error or type(error).__name__}).") from error
            cookie = response.cookies.get(COOKIE)
            if cookie:
                return cookie
            why = f"HTTP {response.status_code}"
            if response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                break
            await asyncio.sleep(min(60.0, float(response.headers.get("Retry-After", RECONNECT_SECONDS))))
        raise BotGone(f"The server makes no player for the bot ({why}).")

    async def _open(self, cookie: str) -> ClientConnection:
        return await connect(
            socket_of(self._url, self._slug),
            origin=origin_of(self._url),  # type: ignore[arg-type]  # a NewType of str
            additional_headers={"Cookie": f"{COOKIE}={cookie}"},
            compression=None,
            proxy=None,
        )

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            async for frame in socket:
                if isinstance(frame, str):
                    self._hear(socket, json.loads(frame))
        except ConnectionClosed:
            pass  # the code says more
        finally:
            self._socket = None
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_result(None)
            await socket.close()

    def _hear(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        match message["type"]:
            case "hello":
                self._socket, self.board = socket, message["board"]
                self.connections += 1
                self._on_ready(self)
            case "board":
                self.board = message["board"]
            case "placed" | "refused":
                # A refusal of what could not be read, or not be heard any more, has no id: it means the latest.
                request = message.get("id") or next(reversed(self._answers), "")
                answer = self._answers.get(request)
                if answer is not None and not answer.done():
                    answer.set_result(message)
