"""One process: its feeds, its writer lane, its place among the others. Made with the first request that needs it.

Daphne tells nobody when it starts, so the hub starts with whoever asks first, on that event loop. Its background work
survives its own errors: a pass that fails is logged and tried again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from canvas.engine import checkpoint, db, loading
from canvas.engine.commit import GroupCommit, Work
from canvas.engine.fanout import Frame
from canvas.engine.feed import Feed
from canvas.engine.ledger import Committed
from canvas.engine.presence import BEAT_SECONDS, Presence
from canvas.engine.relay import Relay
from canvas.models import Board
from canvas.rules import messages
from canvas.rules.rate import Pacer
from canvas.rules.refusals import CloseCode

logger = logging.getLogger(__name__)

WRITE_SECONDS = 1.0
ADMISSION_PATIENCE = 10.0
"""Seconds that a handshake may wait for its turn in a storm; who would wait longer is sent away with 4013."""
REMEMBERED = 100_000
"""Updates read into a feed's ring when it is loaded, at most: they delay the start."""


class Hub:
    """Everything of the engine that one process has, on one event loop."""

    def __init__(self, work: Work) -> None:
        self.loop = asyncio.get_running_loop()
        self.presence = Presence()
        self.commit = GroupCommit(
            work,
            loop=self.loop,
            on_committed=self._on_committed,
            queue_size=settings.QUEUE_SIZE,
            batch_size=settings.BATCH_SIZE,
            apart=settings.COMMIT_MS / 1000,
        )
        self.admission = Pacer(
            per_second=settings.HANDSHAKES_PER_SECOND,
            burst=settings.HANDSHAKES_PER_SECOND,
            patience=ADMISSION_PATIENCE,
            now=self.loop.time(),
        )
        self.relay = Relay(str(self.presence.id), self._on_message)
        self._feeds: dict[str, Feed] = {}
        self._loading: dict[str, asyncio.Task[Feed | None]] = {}
        self._told_online: dict[str, int] = {}
        self._tasks = [
            asyncio.create_task(self._forever(settings.POLL_SECONDS, self.poll)),
            asyncio.create_task(self._forever(WRITE_SECONDS, self._write)),
            asyncio.create_task(self._forever(BEAT_SECONDS, self._beat)),
            asyncio.create_task(self._forever(settings.HEARTBEAT_SECONDS, self._heartbeat)),
        ]

    # Feeds

    async def feed(self, slug: str) -> Feed | None:
        """The board's feed, loaded when it is the first time; None when there is no such board."""
        if (feed := self._feeds.get(slug)) is not None:
            return feed
        task = self._loading.get(slug)
        if task is None:
            task = self._loading[slug] = asyncio.create_task(self._load(slug))
            task.add_done_callback(lambda _: self._loading.pop(slug, None))
        # Shielded: the one who asked may leave, the others who wait for the same board have not.
        return await asyncio.shield(task)

    async def _load(self, slug: str) -> Feed | None:
        board_id = await db.run(lambda: Board.objects.filter(slug=slug).values_list("pk", flat=True).first())
        if board_id is None:
            return None
        # Heard of first and loaded then: what is committed in between is told, or is in what was loaded.
        await self.relay.follow(board_id)
        loaded = await db.run(loading.load, board_id)
        feed = Feed(loaded, tick=settings.TICK_MS / 1000, ring_size=settings.RING_SIZE)
        feed.remember(*await db.run(loading.recent, loaded, settings.RING_SECONDS, min(REMEMBERED, settings.RING_SIZE)))
        self._feeds[slug] = feed
        await self._poll_feed(feed)
        return feed

    def online(self, feed: Feed) -> int:
        """Open sockets on this board through all processes."""
        return feed.online + self.presence.elsewhere.get(feed.info.id, 0)

    @property
    def sockets(self) -> int:
        """Open sockets of this process."""
        return sum(feed.online for feed in self._feeds.values())

    def _feed_of(self, board_id: int) -> Feed | None:
        return next((feed for feed in self._feeds.values() if feed.info.id == board_id), None)

    # What happened, here or elsewhere

    def _on_committed(self, committed: Committed) -> None:
        if (feed := self._feed_of(committed.board_id)) is not None:
            feed.apply(committed.first_seq, committed.records)
        self.relay.committed(committed)

    def _on_message(self, message: dict[str, Any]) -> None:
        feed = self._feed_of(message.get("board", 0))
        if feed is None:
            return
        match message["type"]:
            case "board.delta":
                feed.apply(message["first_seq"], message["records"])
            case "board.changed":
                self._soon(self._poll_feed(feed))
            case "board.notice":
                feed.tell(
                    [Frame(messages.dumps({"type": "notice", "level": message["level"], "text": message["text"]}))]
                )
            case other:
                logger.warning("Unknown message %r from another process; is it of another version?", other)

    def announce(self, board_id: int, message: dict[str, Any]) -> None:
        """Tell every process, this one too, from any thread."""

        def tell() -> None:
            self._on_message({**message, "board": board_id})
            self.relay.publish(board_id, message)

        self.loop.call_soon_threadsafe(tell)

    def appended(self, committed: Committed) -> None:
        """Tell every process, this one too, what was appended outside of the group commit; from any thread."""
        self.loop.call_soon_threadsafe(self._on_committed, committed)

    # Background work

    async def poll(self) -> None:
        """What the channel layer may have lost: compare every feed with its board's row."""
        for feed in list(self._feeds.values()):
            await self._poll_feed(feed)
            feed.check_state()
            feed.forget(settings.RING_SECONDS)

    async def _poll_feed(self, feed: Feed) -> None:
        before = feed.info.revision, feed.seq
        board = await db.run(lambda: Board.objects.filter(pk=feed.info.id).first())
        if board is None:
            self._feeds.pop(feed.info.slug, None)
            feed.close(CloseCode.NO_SUCH_BOARD)
        elif board.baseline_id != feed.baseline_id:
            loaded = await db.run(loading.load, board.pk)
            if loaded.baseline_id != feed.baseline_id:  # another poll may have been faster
                feed.restart(loaded)
        else:
            if board.revision > feed.info.revision:
                feed.change(board.info())
            if board.seq > before[1] and board.seq > feed.seq:
                await feed.fill(board.seq)
            await self._checkpoint(feed)

    async def catch_up(self, feed: Feed) -> None:
        """Bring a feed to the log's head and tell its clients: somebody has seen more than this process."""
        await self._poll_feed(feed)
        feed.flush()

    async def _checkpoint(self, feed: Feed) -> None:
        """Offer a snapshot when one is due; whichever process offers first writes it."""
        new, age = feed.seq - feed.snapshot_seq, self.loop.time() - feed.snapshot_time
        if new < checkpoint.EVERY_UPDATES and not (new and age >= checkpoint.EVERY_SECONDS):
            return
        seq, baseline_id, cells = feed.seq, feed.baseline_id, bytes(feed.cells)
        feed.snapshot_seq, feed.snapshot_time = seq, self.loop.time()
        await db.run(checkpoint.write_if_due, feed.info.id, baseline_id, seq, cells)

    async def _beat(self) -> None:
        await db.run(self.presence.beat, {feed.info.id: feed.online for feed in self._feeds.values()})
        for slug, feed in list(self._feeds.items()):
            count = self.online(feed)
            if self._told_online.get(slug) != count:
                self._told_online[slug] = count
                feed.tell([Frame(messages.dumps({"type": "online", "count": count}))])

    async def _write(self) -> None:
        await db.run(self.presence.write)

    async def _heartbeat(self) -> None:
        for feed in list(self._feeds.values()):
            feed.heartbeat()

    async def _forever(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        failing = False
        while True:
            started = time.monotonic()
            try:
                await work()
                failing = False
            except Exception as error:
                if not failing:  # once per outage, not once a second
                    logger.warning("Background work %s failed, and will be tried again: %r", work.__name__, error)
                failing = True
            await asyncio.sleep(max(0.01, seconds - (time.monotonic() - started)))

    def _soon(self, coroutine: Any) -> None:
        task = self.loop.create_task(coroutine)
        self._tasks.append(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.remove(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.warning("Looking at a changed board failed; the poll will look again: %r", error)

    # The end

    async def close(self) -> None:
        """Take nothing new, finish commits, let clients go with 4000, close this process's rows."""
        await asyncio.to_thread(self.commit.close)
        await asyncio.sleep(0)  # lets the last answers be written
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for feed in self._feeds.values():
            feed.close(CloseCode.GOING_AWAY)
        await self.relay.close()
        try:
            await db.run(self.presence.stop)
        except Exception as error:
            logger.warning("This process's rows stay open until another closes them: %r", error)
        await db.release()
