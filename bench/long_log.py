"""Gives the board `main` a long log: `python -m bench.long_log UPDATES BEHIND`, with a site's settings.

PostgreSQL makes the rows; the snapshot, BEHIND updates before the head, is folded here from the same formula. Pixel
rows are left out: a start does not read them.
"""

from __future__ import annotations

import sys

import django
import numpy as np

django.setup()

from django.db import connection, transaction  # noqa: E402

from canvas.models import Board, Snapshot, Update  # noqa: E402
from canvas.models.snapshot import Kind  # noqa: E402

STRIDE = 2_654_435_761


def main(updates: int, behind: int) -> None:
    board = Board.objects.get(slug="main")
    table = connection.ops.quote_name(Update._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        # Indexes are written once, in the end, and not with every row.
        name = [Update._meta.db_table]
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass", name
        )
        constraints = [(known, text) for known, text in cursor.fetchall() if not text.startswith("PRIMARY")]
        for known, _ in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{known}"')
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", name)
        indexes = [(known, text) for known, text in cursor.fetchall() if not known.endswith("_pkey")]
        for known, _ in indexes:
            cursor.execute(f'DROP INDEX "{known}"')
        rows = (
            "(board_id, seq, x, y, color, previous_color, placed_at, source) "
            "SELECT %s, s, s * %s %% (%s::bigint * %s) %% %s, s * %s %% (%s::bigint * %s) / %s, s %% 32, 0, now(), 'p' "
            "FROM generate_series(1, %s::bigint) s"
        )
        cell = (STRIDE, board.width, board.height, board.width)
        cursor.execute(f"INSERT INTO {table} {rows}", [board.pk, *cell, *cell, updates])
        for _, text in indexes:
            cursor.execute(text)
        for known, text in constraints:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{known}" {text}')
        seqs = np.arange(1, updates - behind + 1, dtype=np.uint64)
        cells = np.zeros(board.width * board.height, dtype=np.uint8)
        cells[seqs * STRIDE % len(cells)] = seqs % 32
        board.seq = updates
        board.save(update_fields=["seq"])
        Snapshot.of(board, Kind.PERIODIC, seq=updates - behind, cells=cells.tobytes()).save()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
