"""Bots that paint a picture through real sockets: a demonstration, and a load that behaves like players.

They know of the server what a browser knows, its address, and nothing of its database.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from canvas.actions.bots_picture import Cell, Order, cells_to_paint
from canvas.actions.bots_socket import Bot, BotGone, origin_of
from canvas.engine.bulk import Progress, silent
from canvas.rules import wire
from canvas.rules.palettes import check_palette
from canvas.rules.refusals import Code
from canvas.rules.wire import SnapshotBody

OPENING = 20
"""Sockets opened at a time: a server's backlog is short."""
BREATH = 0.12
"""Seconds between two placements of one bot where there is no cooldown: a socket may say 10 things a second."""
PATIENCE = 5.0
"""Seconds a bot waits after a refusal that names no wait: a frozen board, for one."""
SLACK = 0.1
"""Seconds of placements that may be made up for after a late timer, so that the rate is met and no burst follows."""
HOPELESS_CELL = frozenset({Code.OUT_OF_BOUNDS, Code.UNKNOWN_COLOR})
HOPELESS_BOT = frozenset({Code.BANNED, Code.UNAUTHENTICATED})


class BotsFailed(Exception):
    """Why the bots cannot go on."""


@dataclass(slots=True)
class Tally:
    """What became of the placements; `lost` ones have no answer. `todo` is what the picture needed."""

    todo: int = 0
    placed: int = 0
    refused: int = 0
    lost: int = 0
    bots: int = 0
    seconds: float = 0.0


async def paint(
    *,
    slug: str,
    url: str,
    players: int,
    rate: float,
    picture: Path | None = None,
    order: Order = Order.RANDOM,
    seconds: float | None = None,
    stop: asyncio.Event | None = None,
    progress: Progress = silent,
) -> Tally:
    """Let so many players paint, `rate` placements a second between them, until done, `seconds` are over or `stop`.

    Raises BotsFailed when no server answers, there is no such board, or all bots are gone; BadPicture.
    """
    headers = {"Origin": origin_of(url)}
    # Straight to the server: what is measured must not be a proxy.
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=15, trust_env=False) as http:
        # Each answer's cookie is its own bot's. Kept here, the second bot would be the first one's player.
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        board = await _snapshot(http, slug, url)
        crew = Crew(url=url, slug=slug, rate=rate, stop=stop or asyncio.Event(), progress=progress)
        return await crew.paint(http, board, players=players, picture=picture, order=order, seconds=seconds)


async def _snapshot(http: httpx.AsyncClient, slug: str, url: str) -> SnapshotBody:
    try:
        response = await http.get(f"/b/{slug}/snapshot")
        if response.status_code == httpx.codes.NOT_FOUND:
            raise BotsFailed(f"There is no board {slug!r} at {url}.")
        response.raise_for_status()
        return wire.decode_snapshot(response.content)
    except httpx.HTTPStatusError as error:
        raise BotsFailed(f"The server at {url} answers with HTTP {error.response.status_code}.") from error
    except httpx.HTTPError as error:
        raise BotsFailed(
            f"Nobody answers at {url} ({error or type(error).__name__}). Is the server running?"
        ) from error
    except wire.InvalidFrame as error:
        raise BotsFailed(f"What answers at {url} is not this site: {error}") from error


class Crew:
    """Hands cells to bots: each slot of the rate to whoever is ready the longest."""

    def __init__(self, *, url: str, slug: str, rate: float, stop: asyncio.Event, progress: Progress) -> None:
        self.tally = Tally()
        self._url, self._slug, self._rate = url, slug, rate
        self._stop, self._progress = stop, progress
        self._loop = asyncio.get_running_loop()
        self._cells: deque[Cell] = deque()
        self._idle: list[tuple[float, int, int, Bot]] = []  # ready at, a tie-breaker, the bot's connection, the bot
        self._ties = count()
        self._changed = asyncio.Event()
        self._placing: set[asyncio.Task[None]] = set()
        self._gone: list[BotGone] = []

    async def paint(
        self,
        http: httpx.AsyncClient,
        board: SnapshotBody,
        *,
        players: int,
        picture: Path | None,
        order: Order,
        seconds: float | None,
    ) -> Tally:
        opening = asyncio.Semaphore(OPENING)
        bots = [Bot(self._url, self._slug, self._ready) for _ in range(players)]
        tasks = [asyncio.create_task(self._keep(bot, http, opening)) for bot in bots]
        started = self._loop.time()
        try:
            while not (first := next((bot for bot in bots if bot.connected), None)):
                self._check_alive(players)
                await self._change(1.0)
                if self._stop.is_set():
                    return self.tally
            palette = check_palette(first.board["palette"])
            self._cells += await asyncio.to_thread(cells_to_paint, picture, board, palette, order)
            self.tally.todo = len(self._cells)
            started = self._loop.time()
            await self._hand_out(players, None if seconds is None else started + seconds)
            if self._placing:
                await asyncio.wait(self._placing)
        finally:
            self.tally.seconds = self._loop.time() - started
            self.tally.bots = sum(bot.connections > 0 for bot in bots)
            for task in [*tasks, *self._placing]:
                task.cancel()
            await asyncio.gather(*tasks, *self._placing, return_exceptions=True)
        return self.tally

    async def _hand_out(self, players: int, deadline: float | None) -> None:
        slot = self._loop.time()
        while self._cells or self._placing:
            now = self._loop.time()
            if self._stop.is_set() or (deadline is not None and now >= deadline):
                return
            self._check_alive(players)
            slot = max(slot, now - SLACK)
            wait = max(slot, self._idle[0][0] if self._idle and self._cells else now + 1.0) - now
            if wait > 0:
                # Not only the slot: a refusal may bring a cell back, a bot may come back, the end may come.
                await self._change(min(wait, 1.0, (deadline - now) if deadline is not None else 1.0))
                continue
            _, _, connection, bot = heapq.heappop(self._idle)
            if not bot.connected or connection != bot.connections:
                continue  # of a socket that is no more
            slot += 1 / self._rate
            task = asyncio.create_task(self._place(bot, self._cells.popleft()))
            self._placing.add(task)
            task.add_done_callback(self._placed)

    def _placed(self, task: asyncio.Task[None]) -> None:
        self._placing.discard(task)
        self._changed.set()

    async def _place(self, bot: Bot, cell: Cell) -> None:
        connection = bot.connections
        answer = await bot.place(cell)
        wait = 0.0
        if answer is None:
            self.tally.lost += 1
            self._cells.append(cell)
        elif answer["type"] == "placed":
            self.tally.placed += 1
            wait = max(BREATH, float(bot.board["cooldown"]))
            self._progress("placing", self.tally.placed, self.tally.todo)
        else:
            self.tally.refused += 1
            wait = self._refused(answer, cell)
        # Silence is no answer that passes by itself: the socket is about to break, or the server is overrun.
        if bot.connected and bot.connections == connection and wait >= 0:
            self._ready(bot, PATIENCE if answer is None else wait)

    def _refused(self, answer: dict[str, Any], cell: Cell) -> float:
        """Seconds that the bot has to wait; -1 for a bot that may never place again."""
        if answer["code"] not in HOPELESS_CELL:
            self._cells.append(cell)
        if answer["code"] in HOPELESS_BOT:
            self._gone.append(BotGone(f"The server refuses it: {answer['message']}"))
            return -1.0
        return float(answer.get("wait") or PATIENCE)

    def _ready(self, bot: Bot, wait: float = 0.0) -> None:
        heapq.heappush(self._idle, (self._loop.time() + wait, next(self._ties), bot.connections, bot))
        self._changed.set()

    async def _keep(self, bot: Bot, http: httpx.AsyncClient, opening: asyncio.Semaphore) -> None:
        try:
            await bot.run(http, opening)
        except BotGone as gone:
            self._gone.append(gone)
            self._changed.set()

    def _check_alive(self, players: int) -> None:
        if len(self._gone) >= players:
            raise BotsFailed(
                f"All bots are gone, after {self.tally.placed:,} placements. The last one: {self._gone[-1]} "
                "Is the server still running, and does it take so many players?"
            )

    async def _change(self, seconds: float) -> None:
        self._changed.clear()
        stopping = asyncio.create_task(self._stop.wait())
        changing = asyncio.create_task(self._changed.wait())
        await asyncio.wait({stopping, changing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        changing.cancel()
