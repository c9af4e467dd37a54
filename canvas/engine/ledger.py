"""The locked board: whoever appends to the log does it here, inside one transaction.

The board row is locked first, so seqs are gapless and in commit order across all processes, and nobody else can
change what was checked before it is written.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from canvas.engine import db, loading, sql
from canvas.models import Board, Pixel, Update
from canvas.models.update import Source
from canvas.rules import wire
from canvas.rules.board import BoardInfo


@dataclass(frozen=True, slots=True)
class Entry:
    """One line to be appended; the ledger adds seq and the previous colour."""

    x: int
    y: int
    color: int
    player_id: int | None
    placed_at: datetime
    request_id: UUID | None = None
    source: Source = Source.PLAYER


@dataclass(frozen=True, slots=True)
class Committed:
    """What a transaction appended, once it is durable: records with seqs from `first_seq` on."""

    board_id: int
    first_seq: int
    records: bytes


@dataclass(slots=True)
class _Copy:
    """This thread's copy of a board's cells, true at `seq`."""

    seq: int
    baseline_id: int | None
    cells: bytearray


class _Copies(threading.local):
    def __init__(self) -> None:
        self.by_board: dict[int, _Copy] = {}


_copies = _Copies()


class Ledger:
    """A board whose row is locked by the current transaction."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.info: BoardInfo = board.info()
        self._copy = self._caught_up()

    def append(self, entries: Sequence[Entry]) -> Committed | None:
        """Give each entry the next seq and write log, pixels and head; None for no entries.

        What is returned may be told to others only after the transaction: use it outside of `locked`.
        """
        if not entries:
            return None
        board, cells, width = self.board, self._copy.cells, self.board.width
        first = board.seq + 1
        previous: list[int] = []
        newest: dict[int, int] = {}  # cell → which entry has it in the end: an upsert may name a row only once
        for index, entry in enumerate(entries):
            cell = entry.y * width + entry.x
            previous.append(cells[cell])
            cells[cell] = entry.color
            newest[cell] = index
        count = len(entries)
        self._copy.seq = board.seq = first + count - 1
        sql.insert(
            Update,
            {
                "board": [board.pk] * count,
                "seq": range(first, first + count),
                "x": [entry.x for entry in entries],
                "y": [entry.y for entry in entries],
                "color": [entry.color for entry in entries],
                "previous_color": previous,
                "player": [entry.player_id for entry in entries],
                "placed_at": [entry.placed_at for entry in entries],
                "request_id": [entry.request_id for entry in entries],
                "source": [entry.source.value for entry in entries],
            },
        )
        kept = [entries[index] for index in newest.values()]
        sql.upsert(
            Pixel,
            {
                "board": [board.pk] * len(kept),
                "x": [entry.x for entry in kept],
                "y": [entry.y for entry in kept],
                "color": [entry.color for entry in kept],
                "seq": [first + index for index in newest.values()],
                "player": [entry.player_id for entry in kept],
                "placed_at": [entry.placed_at for entry in kept],
            },
            key=("board", "x", "y"),
        )
        Board.objects.filter(pk=board.pk).update(seq=board.seq)
        return Committed(board.pk, first, wire.pack_records((entry.x, entry.y, entry.color) for entry in entries))

    def _caught_up(self) -> _Copy:
        """The cells at the board's seq: this thread's copy, and what others appended since."""
        board = self.board
        copy = _copies.by_board.get(board.pk)
        # A copy that is ahead is of a log that is no more: the database was restored from a backup under us.
        if (
            copy is None
            or copy.baseline_id != board.baseline_id
            or not copy.seq <= board.seq <= copy.seq + loading.CHUNK
        ):
            loaded = loading.fold(board)
            copy = _copies.by_board[board.pk] = _Copy(board.seq, board.baseline_id, loaded.cells)
        elif copy.seq < board.seq:
            for records in loading.records_between(board.pk, copy.seq, board.seq):
                loading.paint(copy.cells, board.width, records)
            copy.seq = board.seq
        return copy


@contextmanager
def locked(board_id: int) -> Iterator[Ledger]:
    """One transaction that holds the board. Raises Board.DoesNotExist.

    An error inside rolls everything back, and the thread's copy of the cells, perhaps ahead of the log now, is
    forgotten.
    """
    try:
        with transaction.atomic(durable=True):
            yield Ledger(Board.objects.select_for_update().get(pk=board_id))
    except BaseException:
        _copies.by_board.pop(board_id, None)
        raise


@contextmanager
def held(board_id: int) -> Iterator[Board]:
    """One transaction that holds the board's row, for who trusts neither snapshots nor the thread's copy.

    Raises Board.DoesNotExist.
    """
    with transaction.atomic(durable=True):
        db.take_time()
        yield Board.objects.select_for_update().get(pk=board_id)
