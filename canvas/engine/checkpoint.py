"""Periodic snapshots, so that a start reads a picture and a short log instead of a long one."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from canvas.engine import loading
from canvas.models import Board, Snapshot
from canvas.models.snapshot import Kind

EVERY_UPDATES = 50_000
"""Updates after which a snapshot pays: folding as many takes well under a second."""
EVERY_SECONDS = 600.0
"""And a board on which anything happened gets one this often: time travel begins at them."""


def write_if_due(board_id: int, baseline_id: int | None, seq: int, cells: bytes) -> bool:
    """Write a snapshot of these cells unless somebody has just done so; whether it was written.

    The board's lock makes the processes take turns, and the baseline is compared under it: cells of before a reset
    must never be taken for the board after it.
    """
    # Compressed before the lock is taken: players wait behind it.
    snapshot = Snapshot.of(Board.objects.get(pk=board_id), Kind.PERIODIC, seq=seq, cells=cells)
    with transaction.atomic():
        board = Board.objects.select_for_update().get(pk=board_id)
        if board.baseline_id != baseline_id or seq > board.seq:
            return False
        newest = loading.newest_snapshot(board)
        fresh = newest is not None and newest.created_at > timezone.now() - timedelta(seconds=EVERY_SECONDS)
        if seq <= (newest.seq if newest else 0) or (fresh and newest is not None and seq - newest.seq < EVERY_UPDATES):
            return False
        snapshot.save()
        return True
