"""A board in memory, and everybody who watches it through this process.

The feed takes records from three sides (this process's commits, the relay, the database) in any order, more than
once, with gaps; it applies each seq exactly once, in order, and tells its clients once a tick. What the channel layer
lost is read from the log. It lives on the event loop and never blocks it.
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError

from canvas.engine import db, loading
from canvas.engine.crowd import Crowd
from canvas.engine.fanout import Frame, Outlet
from canvas.engine.loading import LoadedBoard
from canvas.engine.ring import Ring
from canvas.rules import messages, wire
from canvas.rules.board import BoardInfo

logger = logging.getLogger(__name__)

GAP_PATIENCE = 0.05
"""Seconds that a gap may last before the log is asked: its records are most likely on their way."""
MAX_EARLY = 10_000
"""Batches kept that came before their turn; past that the log is asked for all of them anyway."""


class Feed:
    """`info`, `cells` and `seq` are the board now; `told_seq` is what its clients have been told."""

    def __init__(self, loaded: LoadedBoard, *, tick: float, ring_size: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._tick = tick
        self._ring_size = ring_size
        self._early: dict[int, bytes] = {}
        self.crowd = Crowd(on_idle=self._schedule)
        self._timer: asyncio.Handle | None = None
        self._next_tick = 0.0
        self._filling: asyncio.Task[None] | None = None
        self._fill_lock = asyncio.Lock()
        self._set(loaded)

    def _set(self, loaded: LoadedBoard) -> None:
        self.info = loaded.info
        self._told_state = self._info_now().state
        self.cells = loaded.cells
        self.seq = self.told_seq = loaded.seq
        self.baseline_id = loaded.baseline_id
        self.baseline_seq = loaded.baseline_seq
        self.snapshot_seq = loaded.snapshot_seq
        self.snapshot_time = self._loop.time()
        self._ring = Ring(last=loaded.seq, size=self._ring_size)
        self._early.clear()

    @property
    def online(self) -> int:
        """Sockets that watch this board through this process."""
        return len(self.crowd)

    # Clients

    def join(self, outlet: Outlet, since: int | None) -> bool:
        """Add a client that holds the board at `since` (None: nothing yet). False: it must start over.

        Its deltas begin right after `since`, or after `told_seq` when that cannot be continued. There is no await
        in here, so nothing slips between what it is told now and the next pass.
        """
        missed = None if since is None else self._missed(since)
        if missed:
            for frame in wire.encode_deltas(self.told_seq - len(missed) // wire.RECORD_SIZE + 1, missed):
                outlet.write(Frame(frame))
        self.crowd.add(outlet)
        return since is None or missed is not None

    def leave(self, outlet: Outlet) -> None:
        self.crowd.discard(outlet)

    def _missed(self, since: int) -> bytes | None:
        # At the very seq of a reset a client may hold the board of before or after it: it must look again.
        if self.baseline_seq and since <= self.baseline_seq:
            return None
        return self._ring.between(since, self.told_seq)

    def remember(self, first_seq: int, records: bytes) -> None:
        """Put the recent log into an empty ring, after loading: clients of before a restart fetch only their gap."""
        if first_seq + len(records) // wire.RECORD_SIZE - 1 == self.seq == self._ring.last == self.told_seq:
            self._ring = Ring(last=first_seq - 1, size=self._ring_size)
            self._ring.append(records)

    def forget(self, seconds: float) -> None:
        """Keep the log of the last `seconds` for those who come back, not more. Called now and then."""
        now = self._loop.time()
        self._ring.mark(now)
        self._ring.forget(now - seconds)

    # Records in

    def apply(self, first_seq: int, records: bytes) -> None:
        """Records from anywhere; what is known is skipped, what is early waits."""
        known = self.seq - first_seq + 1
        if known < 0:
            if len(self._early) < MAX_EARLY and len(records) > len(self._early.get(first_seq, b"")):
                self._early[first_seq] = records
            self._fill_soon()
            return
        fresh = records[known * wire.RECORD_SIZE :]
        if fresh:
            self._append(fresh)
        while self._early and (following := self._next_early()) is not None:
            self._append(following)

    def _next_early(self) -> bytes | None:
        for first in sorted(self._early):
            if first > self.seq + 1:
                return None
            fresh = self._early.pop(first)[(self.seq - first + 1) * wire.RECORD_SIZE :]
            if fresh:
                return fresh
        return None

    def _append(self, records: bytes) -> None:
        loading.paint(self.cells, self.info.width, records)
        self._ring.append(records)
        self.seq = self._ring.last
        self._schedule()

    def _fill_soon(self) -> None:
        if self._filling is None or self._filling.done():
            self._filling = self._loop.create_task(self._fill_after_patience())

    async def _fill_after_patience(self) -> None:
        await asyncio.sleep(GAP_PATIENCE)
        while self._early:
            upto = min(self._early) - 1
            if upto > self.seq:
                logger.info("Board %s: reading updates %d to %d from the log", self.info.slug, self.seq + 1, upto)
                try:
                    await self.fill(upto)
                except DatabaseError as error:
                    logger.warning("Board %s: the log cannot be read, the poll will: %s", self.info.slug, error)
                    return
                if self.seq < upto:
                    return  # the log has no such updates; asking again at once would keep the database busy

    async def fill(self, upto: int) -> None:
        """Read from the log what is missing up to a seq. Database errors come through; nothing is lost by them."""
        async with self._fill_lock:
            while self.seq < upto:
                start, end = self.seq, min(upto, self.seq + loading.CHUNK)
                records = await db.run(lambda a, b: b"".join(loading.records_between(self.info.id, a, b)), start, end)
                if not records:
                    return
                self.apply(start + 1, records)

    # Frames out

    def flush(self) -> None:
        """Tell everybody what is new, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.told_seq == self.seq:
            return
        self._next_tick = self._loop.time() + self._tick
        records = self._ring.between(self.told_seq, self.seq)
        if records is None:
            # More than the ring holds came at once: whoever watches must fetch the board anew.
            self.told_seq = self.seq
            self.tell([Frame(messages.dumps({"type": "resync", "seq": self.seq}))])
            return
        frames = [Frame(frame) for frame in wire.encode_deltas(self.told_seq + 1, records)]
        self.told_seq = self.seq
        self.tell(frames)

    def heartbeat(self) -> None:
        """The board's checksum at a seq that everybody has reached."""
        self.flush()
        if self.crowd:
            self.tell([Frame(wire.encode_heartbeat(zlib.crc32(self.cells), self.seq))])

    def tell(self, frames: Iterable[Frame]) -> None:
        """Send frames to everybody who watches now, after what was told before."""
        self.crowd.tell(frames)

    def _schedule(self) -> None:
        """At once when idle, a tick apart under load; not while a pass runs: its end calls this again."""
        if self._timer is None and self.told_seq != self.seq and self.crowd.idle:
            # call_later(0) lets the acknowledgements that were just resolved go first.
            self._timer = self._loop.call_later(max(0.0, self._next_tick - self._loop.time()), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.flush()

    # Settings and resets

    def change(self, info: BoardInfo) -> None:
        """New settings on the same cells."""
        self.info = info
        self.flush()
        self.tell([self.board_frame()])

    def restart(self, loaded: LoadedBoard) -> None:
        """A new baseline: everybody starts over."""
        self.flush()
        self._set(loaded)
        self.tell([self.board_frame(), Frame(messages.dumps({"type": "resync", "seq": self.seq}))])

    def check_state(self) -> None:
        """Tell everybody when an opening or closing time has come."""
        if self._info_now().state is not self._told_state:
            self.tell([self.board_frame()])

    def board_json(self) -> dict[str, Any]:
        """The settings with the state that holds now, as `hello` and `board` carry them."""
        return messages.board_json(self._info_now())

    def board_frame(self) -> Frame:
        self._told_state = self._info_now().state
        return Frame(messages.dumps({"type": "board", "board": self.board_json()}))

    def _info_now(self) -> BoardInfo:
        return self.info.at(datetime.now(UTC))

    def close(self, code: int) -> None:
        """Let everybody go."""
        if self._timer is not None:
            self._timer.cancel()
        if self._filling is not None:
            self._filling.cancel()
        self.crowd.close(code)
