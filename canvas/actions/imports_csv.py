"""Append a log from a file to a board: all of it in one transaction, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.core.validators import validate_slug
from django.db import transaction

from canvas.actions import boards, imports_rows, site
from canvas.actions.imports_files import ImportFailed
from canvas.actions.imports_rows import Log
from canvas.engine import bulk, db, ledger
from canvas.engine.bulk import Progress, Rows, silent
from canvas.models import Board
from canvas.models.update import Source
from canvas.rules.board import MAX_SIDE, BoardInfo, check_size
from canvas.rules.palettes import PALETTES, Palette, check_palette

WHITE = "#FFFFFF"
ROUND_TO = 100
"""Cells: a new board's sides are the largest coordinates, up to the next multiple."""


@dataclass(frozen=True, slots=True)
class ImportedLog:
    """What an import did: the seqs that it appended, and whether it had to sort."""

    board: Board
    created: bool
    first_seq: int
    updates: int
    players: int
    sorted: bool


def import_csv(
    *,
    slug: str,
    path: Path,
    width: int | None = None,
    height: int | None = None,
    keep_order: bool = False,
    progress: Progress = silent,
) -> ImportedLog:
    """Append the file's updates to the board, which is made when there is none.

    Rows that are not in the order of time are sorted by it, equal times as they come, unless `keep_order`. A new
    board is `width` × `height` cells or as large as the rows need, with the palette that has all their colours.
    Raises ImportFailed for the file's faults, InvalidBoard or ValidationError for a board that cannot be.
    """
    board = Board.objects.filter(slug=slug).first()
    if board is not None:
        info = board.info()
        if (width or info.width, height or info.height) != (info.width, info.height):
            raise ImportFailed(
                path, f"Board {slug} is {info.width}×{info.height}; leave the size out, or choose a new slug."
            )
        hexes = [color.hex for color in info.palette]
        log = imports_rows.read(path, width=info.width, height=info.height, hexes=hexes, progress=progress)
        with ledger.locked(board.pk) as locked:
            # Settings may have changed while the file was read: what was checked against the old ones counts no more.
            if _shape(locked.info) != _shape(info):
                raise ImportFailed(path, f"Board {slug} was changed while the file was read; import it again.")
            result = _append(locked.board, log, keep_order, progress, created=False)
    else:
        validate_slug(slug)
        check_size(width or 1, height or 1)
        log = imports_rows.read(path, width=width or MAX_SIDE, height=height or MAX_SIDE, progress=progress)
        palette = _palette_for(log)
        with transaction.atomic(durable=True):
            # Nobody sees the new row before the commit: that is as good as a lock.
            board = boards.create(
                slug=slug, width=width or _side(log.xs), height=height or _side(log.ys), palette=palette
            )
            result = _append(board, log, keep_order, progress, created=True)
    site.board_changed(result.board.pk)
    return result


def _append(board: Board, log: Log, keep_order: bool, progress: Progress, *, created: bool) -> ImportedLog:
    db.take_time()  # sorting a long log, for one
    order = None if keep_order else log.order()
    rows = slice(None) if order is None else order
    # One more id than names, for nobody: NOBODY is -1, the last.
    ids = np.append(bulk.player_ids(log.names, progress=progress), 0)
    recolored = _positions(log.hexes, check_palette(board.palette))
    first_seq = board.seq + 1
    bulk.append(
        board,
        Rows(
            times=np.frombuffer(log.times, dtype=np.int64)[rows],
            players=ids[np.frombuffer(log.players, dtype=np.int32)[rows]],
            xs=np.frombuffer(log.xs, dtype=np.uint16)[rows],
            ys=np.frombuffer(log.ys, dtype=np.uint16)[rows],
            colors=recolored[np.frombuffer(log.colors, dtype=np.uint8)[rows]],
        ),
        source=Source.IMPORT,
        progress=progress,
    )
    return ImportedLog(board, created, first_seq, len(log.times), len(log.names), order is not None)


def _shape(info: BoardInfo) -> tuple[int, int, Palette]:
    return info.width, info.height, info.palette


def _side(coordinates: object) -> int:
    largest = int(np.frombuffer(coordinates, dtype=np.uint16).max()) + 1  # type: ignore[call-overload]  # a buffer
    return min(MAX_SIDE, -(-largest // ROUND_TO) * ROUND_TO)


def _palette_for(log: Log) -> Palette:
    """Reddit's palettes where they have all colours; else the log's own as they come, white first where it is one."""
    used = set(log.hexes)
    for name in ("reddit2022", "reddit2017"):
        if used <= {color.hex for color in PALETTES[name]}:
            return PALETTES[name]
    hexes = sorted(log.hexes, key=lambda value: value != WHITE)
    if len(hexes) == 1:
        hexes.insert(0, WHITE)  # an untouched cell has to look different; white alone is in the palettes above
    return check_palette({"name": f"colour {index}", "hex": value} for index, value in enumerate(hexes))


def _positions(hexes: list[str], palette: Palette) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    index = {color.hex: position for position, color in enumerate(palette)}
    return np.array([index[value] for value in hexes], dtype=np.uint8)
