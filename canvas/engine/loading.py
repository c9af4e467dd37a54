"""A board as it stands: its newest snapshot and the log after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.db.models import Min
from django.utils import timezone

from canvas.models import Board, Snapshot, Update
from canvas.models.snapshot import Kind
from canvas.rules import wire
from canvas.rules.board import BLANK, BoardInfo

CHUNK = 50_000
"""Log rows read at a time: a few MiB of Python objects."""


@dataclass(slots=True)
class LoadedBoard:
    """A board at `seq`. `baseline_seq` is the seq its newest baseline was made at, 0 for a board never reset."""

    info: BoardInfo
    seq: int
    baseline_id: int | None
    baseline_seq: int
    cells: bytearray
    snapshot_seq: int


def records_between(board_id: int, after: int, upto: int) -> Iterator[bytes]:
    """The log's records with after < seq ≤ upto, packed, in order, in chunks."""
    rows = (
        Update.objects.filter(board_id=board_id, seq__gt=after, seq__lte=upto)
        .order_by("seq")
        .values_list("x", "y", "color")
    )
    for start in range(after, upto, CHUNK):
        yield wire.pack_records(rows.filter(seq__gt=start, seq__lte=min(start + CHUNK, upto)).iterator(CHUNK))


def paint(cells: bytearray, width: int, records: bytes) -> None:
    """Apply records to cells, later ones over earlier ones."""
    if len(records) <= 256 * wire.RECORD_SIZE:
        for x, y, color in wire.unpack_records(records):
            cells[y * width + x] = color
        return
    pixels = np.frombuffer(records, dtype=[("x", "<u2"), ("y", "<u2"), ("color", "u1")])
    where = pixels["y"].astype(np.intp) * width + pixels["x"]
    # NumPy keeps the last of repeated indexes only in practice; taking each cell's last record makes it certain.
    _, last = np.unique(where[::-1], return_index=True)
    kept = len(where) - 1 - last
    np.frombuffer(cells, dtype=np.uint8)[where[kept]] = pixels["color"][kept]


def newest_snapshot(board: Board) -> Snapshot | None:
    """The newest snapshot that the present baseline's log continues; None for a blank board at seq 0.

    None newer than the board as it was read: a checkpoint may be written between that and this.
    """
    snapshots = board.snapshots.filter(kind__in=[Kind.BASELINE, Kind.PERIODIC], seq__lte=board.seq)
    if board.baseline_id is not None:
        snapshots = snapshots.filter(pk__gte=board.baseline_id)
    return snapshots.order_by("-seq", "-id").first()


def load(board_id: int) -> LoadedBoard:
    """Raises Board.DoesNotExist. Never sees half of a reset: it looks again when the board changed meanwhile."""
    while True:
        board = Board.objects.select_related("baseline").get(pk=board_id)
        loaded = fold(board)
        if Board.objects.filter(pk=board_id, revision=board.revision, baseline_id=board.baseline_id).exists():
            return loaded


def fold(board: Board) -> LoadedBoard:
    """The board at `board.seq`; the caller holds its lock, or checks afterwards that nobody reset it."""
    snapshot = newest_snapshot(board)
    if snapshot is None:
        cells, seq = bytearray([BLANK]) * (board.width * board.height), 0
    else:
        cells, seq = bytearray(snapshot.cells()), snapshot.seq
    for records in records_between(board.pk, seq, board.seq):
        paint(cells, board.width, records)
    return LoadedBoard(
        info=board.info(),
        seq=board.seq,
        baseline_id=board.baseline_id,
        baseline_seq=board.baseline.seq if board.baseline else 0,
        cells=cells,
        snapshot_seq=seq,
    )


def recent(loaded: LoadedBoard, seconds: float, most: int) -> tuple[int, bytes]:
    """(first seq, records) of the end of a board's log: what is younger than `seconds`, at most `most` updates."""
    floor = max(loaded.baseline_seq, loaded.seq - most)
    since = timezone.now() - timedelta(seconds=seconds)
    log = Update.objects.filter(board_id=loaded.info.id, seq__gt=floor, seq__lte=loaded.seq)
    oldest = log.filter(placed_at__gte=since).aggregate(first=Min("seq"))["first"]
    first = loaded.seq + 1 if oldest is None else oldest
    return first, b"".join(records_between(loaded.info.id, first - 1, loaded.seq))
