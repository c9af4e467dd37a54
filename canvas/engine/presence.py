"""This process in the database: its row with a heartbeat, and a row per socket, written in batches.

Nothing here is on the path of a pixel. A process that dies cannot close its rows; any other one does, when the
heartbeat is stale.
"""

from __future__ import annotations

import logging
import os
import random
import socket
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from canvas.models import Board, Connection, Player, ServerProcess

logger = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
STALE_AFTER = timedelta(seconds=30)
MAX_WAITING = 100_000
"""Rows waiting to be written while the database is away. Beyond it the oldest are dropped: they are for people to
look at, and memory is not."""
MAX_BATCH = 2_000


class Presence:
    """Collects on the event loop (`opened`, `closed`), writes in a database thread (`beat`, `write`, `stop`)."""

    def __init__(self) -> None:
        self.id = uuid4()
        self.elsewhere: dict[int, int] = {}
        """Sockets on each board through other processes, as of their last heartbeats."""
        self._started = False
        self._opened: deque[Connection] = deque(maxlen=MAX_WAITING)
        self._closed: deque[tuple[UUID, datetime]] = deque(maxlen=MAX_WAITING)

    def opened(self, *, board_id: int, player_id: int | None, address_hash: str) -> UUID:
        """A socket opened: the id of its row, which will be there in a moment."""
        connection = Connection(
            # Not uuid4: it asks the system for randomness that no secret depends on, a tenth of a millisecond here.
            id=UUID(int=random.getrandbits(128), version=4),
            board_id=board_id,
            process_id=self.id,
            player_id=player_id,
            address_hash=address_hash,
            opened_at=timezone.now(),
        )
        self._opened.append(connection)
        return connection.pk

    def closed(self, connection_id: UUID) -> None:
        self._closed.append((connection_id, timezone.now()))

    def beat(self, online: Mapping[int, int]) -> None:
        """Say that this process lives, hear who else does, and close what the dead left open."""
        now = timezone.now()
        ServerProcess.objects.update_or_create(
            pk=self.id,
            defaults={"heartbeat_at": now, "online": online, "stopped_at": None},
            create_defaults={
                "host": socket.gethostname()[:255],
                "pid": os.getpid(),
                "started_at": now,
                "heartbeat_at": now,
                "online": online,
            },
        )
        self._started = True
        self._bury(now)
        elsewhere: dict[int, int] = {}
        for counts in (
            ServerProcess.objects.filter(stopped_at=None).exclude(pk=self.id).values_list("online", flat=True)
        ):
            for board_id, count in counts.items():
                elsewhere[int(board_id)] = elsewhere.get(int(board_id), 0) + count
        self.elsewhere = elsewhere

    def write(self) -> None:
        """Write the rows that wait. After an error they wait on, those already written are skipped."""
        while self._opened and self._started:
            batch = [self._opened[i] for i in range(min(len(self._opened), MAX_BATCH))]
            self._insert(batch)
            for connection in batch:
                if self._opened and self._opened[0] is connection:
                    self._opened.popleft()
        while self._closed and not self._opened:
            closed = [self._closed[i] for i in range(min(len(self._closed), MAX_BATCH))]
            # One time for the whole batch: exact to a second or two, at the price of one statement.
            self._close(Connection.objects.filter(pk__in=[pk for pk, _ in closed]), closed[-1][1])
            for entry in closed:
                if self._closed and self._closed[0] is entry:
                    self._closed.popleft()

    def stop(self) -> None:
        """The last words of a process that ends in an orderly way."""
        self.write()
        self._close_process(self.id, timezone.now())

    def _bury(self, now: datetime) -> None:
        stale = ServerProcess.objects.filter(stopped_at=None, heartbeat_at__lt=now - STALE_AFTER).exclude(pk=self.id)
        for process_id in list(stale.values_list("pk", flat=True)):
            logger.warning("Server process %s is gone; closing its connections", process_id)
            self._close_process(process_id, now)

    @staticmethod
    def _close_process(process_id: UUID, now: datetime) -> None:
        with transaction.atomic():
            ServerProcess.objects.filter(pk=process_id).update(stopped_at=now, online={})
            Presence._close(Connection.objects.filter(process_id=process_id), now)

    @staticmethod
    def _insert(batch: list[Connection]) -> None:
        try:
            Connection.objects.bulk_create(batch, ignore_conflicts=True)
        except IntegrityError:
            # A board or player was deleted meanwhile. Its rows are dropped: kept, they would hold up all others.
            boards = set(Board.objects.values_list("pk", flat=True))
            players = {
                None,
                *Player.objects.filter(pk__in={row.player_id for row in batch}).values_list("pk", flat=True),
            }
            kept = [row for row in batch if row.board_id in boards and row.player_id in players]
            Connection.objects.bulk_create(kept, ignore_conflicts=True)

    @staticmethod
    def _close(connections: QuerySet[Connection], moment: datetime) -> None:
        # Not before it opened, even if a clock was set back: the constraint would refuse the whole batch for ever.
        connections.filter(closed_at=None).update(closed_at=Greatest(F("opened_at"), Value(moment)))
