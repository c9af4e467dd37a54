"""Prove that log, pixels and snapshots agree, and rebuild what is derived from the log.

The log is the truth: it is read and judged, never written. The long part of it is folded without the board's lock, for
what is committed does not change; the lock is held for what came meanwhile, the comparison and the repair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db.models import Max, QuerySet, Value
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from canvas.actions.verify_log import About, Finding, Findings, Fold
from canvas.engine import bulk, ledger
from canvas.engine.bulk import Progress, Rows, silent
from canvas.models import Board, Pixel, Snapshot, Update
from canvas.models.snapshot import Kind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUERY = 500
"""Values in one query, and cells that are deleted one by one."""
_PIXEL = np.dtype([("x", "i4"), ("y", "i4"), ("color", "i4"), ("seq", "i8"), ("player", "i8")])


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what was found there."""

    seq: int
    updates: int = 0
    pixels: int = 0
    snapshots: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def found(self) -> int:
        return sum(finding.count for finding in self.findings)

    @property
    def repaired(self) -> int:
        return sum(finding.count for finding in self.findings if finding.repaired)


def verify(*, slug: str, repair: bool = False, progress: Progress = silent) -> Verdict:
    """Check the board; with `repair`, rebuild its pixels and periodic snapshots. Raises Board.DoesNotExist.

    A repaired snapshot may have been loaded by servers that run: they have to be restarted.
    """
    while True:
        board = Board.objects.get(slug=slug)
        findings = Findings()
        fold = Fold(board, findings)
        fold.read(board.seq, progress=progress)
        early = _pixels(Pixel.objects.filter(board=board, seq__lte=board.seq), progress)
        with ledger.held(board.pk) as held:
            if held.baseline_id != board.baseline_id or held.seq < board.seq:
                continue  # reset meanwhile: what was read is of another time
            end = Update.objects.filter(board=held).aggregate(end=Max("seq"))["end"] or 0
            fold.finish(max(end, held.seq), progress=progress)
            # What has a seq of before is as it was, unless it was painted over: then it is among the late ones.
            late = _pixels(Pixel.objects.filter(board=board, seq__gt=board.seq), silent)
            _check_board(held, fold, end, findings)
            damage = _check_pixels(fold, np.concatenate((early, late)), findings)
            if repair:
                _repair(held, fold, end, damage, findings, progress)
            return Verdict(held.seq, fold.updates, len(early) + len(late), fold.snapshots, findings.all)


def _pixels(pixels: QuerySet[Pixel], progress: Progress) -> NDArray[np.void]:
    total = pixels.count()
    progress("pixels", 0, total)
    rows = pixels.values_list("x", "y", "color", "seq", Coalesce("player_id", Value(0)))
    found = np.fromiter(rows.iterator(bulk.CHUNK), dtype=_PIXEL)
    progress("pixels", total, total)
    return found


def _check_board(board: Board, fold: Fold, end: int, findings: Findings) -> None:
    if board.seq < end:
        findings.add(About.HEAD, f"The board says that its last update is {board.seq}; the log goes on to {end}.")
    if board.baseline_id != fold.baseline_id:
        findings.add(
            About.KEPT,
            f"The board's baseline is snapshot {board.baseline_id}; the newest baseline is {fold.baseline_id}.",
        )
    elif (board.width, board.height) != (fold.width, fold.height):
        findings.add(
            About.KEPT, f"The board is {board.width}×{board.height}; its baseline is {fold.width}×{fold.height}."
        )


@dataclass(frozen=True, slots=True)
class Damage:
    """Cells of the pixel table: `stray` (x, y) have a row and should have none; `wrong` are positions in the fold."""

    stray: list[tuple[int, int]]
    wrong: NDArray[np.int64]


def _check_pixels(fold: Fold, rows: NDArray[np.void], findings: Findings) -> Damage:
    outside = (rows["x"] >= fold.width) | (rows["y"] >= fold.height)
    stray = [(int(row["x"]), int(row["y"])) for row in rows[outside]]
    rows = rows[~outside]
    where = rows["y"].astype(np.int64) * fold.width + rows["x"]
    # -1 is no row, here and there; 0 is what no row may say.
    seqs = np.full(len(fold.seqs), -1, dtype=np.int64)
    seqs[where] = rows["seq"]
    expected = np.where(fold.seqs > 0, fold.seqs, -1)
    differs = seqs != expected
    differs[where] |= (expected[where] > 0) & (
        (rows["color"] != fold.cells[where]) | (rows["player"] != fold.players[where])
    )
    stray += [_cell(fold, index) for index in np.flatnonzero(differs & (expected == -1))]
    wrong = np.flatnonzero(differs & (expected != -1))
    findings.add_many(
        About.PIXEL, (f"The pixel at ({x}, {y}) has a row, but no update placed it." for x, y in stray), len(stray)
    )
    findings.add_many(
        About.PIXEL,
        (
            f"The pixel at {_cell(fold, index)} "
            + ("has no row" if seqs[index] == -1 else "has a row with another colour, seq or player")
            + f"; update {expected[index]} placed it last, with colour {fold.cells[index]}."
            for index in wrong
        ),
        len(wrong),
    )
    return Damage(stray, wrong)


def _cell(fold: Fold, index: np.int64) -> tuple[int, int]:
    y, x = divmod(int(index), fold.width)
    return x, y


def _repair(board: Board, fold: Fold, end: int, damage: Damage, findings: Findings, progress: Progress) -> None:
    Snapshot.objects.filter(pk__in=fold.bad).delete()
    if board.seq < end:
        # Left behind, it would give the next placement a seq that is taken.
        board.seq = end
        board.save(update_fields=["seq"])
    wrong = damage.wrong
    if len(damage.stray) > QUERY:
        Pixel.objects.filter(board=board).delete()
        wrong = np.flatnonzero(fold.seqs)
    else:
        for x, y in damage.stray:
            Pixel.objects.filter(board=board, x=x, y=y).delete()
    seqs = fold.seqs[wrong]
    rows = Rows(
        times=_times(board, seqs),
        players=fold.players[wrong],
        xs=(wrong % fold.width).astype(np.uint16),
        ys=(wrong // fold.width).astype(np.uint16),
        colors=fold.cells[wrong],
    )
    bulk.put_pixels(board, rows, seqs, progress=progress)
    if fold.bad and fold.readable:
        Snapshot.of(board, Kind.PERIODIC, seq=board.seq, cells=fold.cells.tobytes()).save()
    for finding in findings.all:
        finding.repaired = finding.about in (About.PIXEL, About.PERIODIC, About.HEAD)


def _times(board: Board, seqs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Milliseconds since 1970 of these updates."""
    times: dict[int, int] = {}
    for start in range(0, len(seqs), QUERY):
        updates = Update.objects.filter(board=board, seq__in=seqs[start : start + QUERY].tolist())
        times.update(
            (seq, (moment - EPOCH) // timedelta(milliseconds=1))
            for seq, moment in updates.values_list("seq", "placed_at")
        )
    return np.array([times[seq] for seq in seqs.tolist()], dtype=np.int64)
