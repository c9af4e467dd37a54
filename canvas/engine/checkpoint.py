"""Periodic snapshots, so that a start reads a picture and a short log instead of a long one."""

from __future__ import annotations

from django.db import transaction

from canvas.engine import loading
from canvas.models import Board, Snapshot
from canvas.models.snapshot import Kind

EVERY_UPDATES = 50_000
"""Updates after which a snapshot pays: folding as many takes well under a second."""


def due(board_id: int, baseline_id: int | None, seq: int, cells: bytes) -> bool:
    """Write a snapshot of these cells unless somebody has just done so; whether it was written.

    The board's lock makes the processes take turns, and the baseline is compared under it: cells of before a reset
    must never be taken for the board after it.
    """
    with transaction.atomic():
        board = Board.objects.select_for_update().get(pk=board_id)
        if board.baseline_id != baseline_id or seq > board.seq:
            return False
        newest = loading.newest_snapshot(board)
        if seq - (newest.seq if newest else 0) < EVERY_UPDATES:
            return False
        Snapshot.of(board, Kind.PERIODIC, seq=seq, cells=cells).save()
        return True
