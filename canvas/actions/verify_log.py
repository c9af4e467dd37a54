"""The log read from its first line, beside every snapshot that was made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from django.db.models import Value
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from canvas.engine import bulk, loading
from canvas.engine.bulk import Progress
from canvas.models import Board, Snapshot, Update
from canvas.models.snapshot import CorruptSnapshot, Kind
from canvas.rules.board import BLANK
from canvas.rules.palettes import MAX_COLORS

SHOWN = 10
"""Findings of one sort that are told one by one; the rest is counted."""

MAX_COLOR = MAX_COLORS - 1

_ROW = np.dtype([("seq", "i8"), ("x", "i4"), ("y", "i4"), ("color", "i4"), ("previous", "i4"), ("player", "i8")])


class About(StrEnum):
    """What a finding is about, and hence what can be done."""

    LOG = "log"
    HEAD = "head"
    PIXEL = "pixel"
    PERIODIC = "periodic"
    KEPT = "kept"
    """A baseline or an archive: nothing else has what they hold."""


@dataclass(slots=True)
class Finding:
    """One thing that is wrong, or `count` alike."""

    about: About
    text: str
    count: int = 1
    repaired: bool = False


@dataclass(slots=True)
class Findings:
    """What was found, in the order of finding."""

    all: list[Finding] = field(default_factory=list)

    def add(self, about: About, text: str) -> None:
        self.all.append(Finding(about, text))

    def add_many(self, about: About, texts: Iterable[str], total: int) -> None:
        """The first SHOWN of `total` alike, and how many more there are."""
        for _, text in zip(range(SHOWN), texts, strict=False):
            self.add(about, text)
        if total > SHOWN:
            self.all.append(Finding(about, f"… and {total - SHOWN:,} more like these.", total - SHOWN))


class Fold:
    """A board's cells as the log has them at `seq`, with the seq (0: untouched) and player (0: nobody) of each.

    Follows the board through its baselines. Whatever it meets that does not fit goes into `findings`.
    """

    def __init__(self, board: Board, findings: Findings) -> None:
        self.board_id = board.pk
        self.seq = 0
        self.updates = 0
        self.snapshots = 0
        self.baseline_id: int | None = None
        self.bad: list[int] = []
        """Ids of periodic snapshots that are wrong."""
        self._findings = findings
        self.readable = True
        """False from a baseline on that could not be read: what an untouched cell shows is unknown."""
        self._seen = 0
        self._waiting: list[Snapshot] = []
        self._look()
        first = self._waiting[0] if self._waiting else board
        self._begin(first.width, first.height, None)

    def read(self, upto: int, *, progress: Progress) -> None:
        """Go on to a seq."""
        while self.seq < upto:
            self._compare()
            stop = min(upto, self.seq + loading.CHUNK, self._waiting[0].seq if self._waiting else upto)
            self._apply(self.seq, stop)
            self.seq = stop
            progress("log", stop, upto)

    def finish(self, upto: int, *, progress: Progress) -> None:
        """Go on to the end, under the board's lock; snapshots that were written meanwhile are looked at too."""
        self._look()
        self.read(upto, progress=progress)
        self._compare()
        for snapshot in self._waiting:
            self._wrong(snapshot, f"is at seq {snapshot.seq}, beyond the end of the log ({upto})")

    def _look(self) -> None:
        # Without their cells, which are read one at a time.
        new = Snapshot.objects.filter(board_id=self.board_id, pk__gt=self._seen).defer("data").order_by("seq", "pk")
        self._waiting += new
        self._seen = max([self._seen, *(snapshot.pk for snapshot in self._waiting)])

    def _begin(self, width: int, height: int, cells: bytes | None) -> None:
        self.width, self.height = width, height
        self.cells = np.full(width * height, BLANK, dtype=np.uint8)
        if cells is not None:
            self.cells[:] = np.frombuffer(cells, dtype=np.uint8)
        self.seqs = np.zeros(width * height, dtype=np.int64)
        self.players = np.zeros(width * height, dtype=np.int64)

    def _compare(self) -> None:
        """Hold the snapshots that were made at this seq against the fold; go on from a baseline."""
        while self._waiting and self._waiting[0].seq <= self.seq:
            snapshot = self._waiting.pop(0)
            self.snapshots += 1
            try:
                cells: bytes | None = snapshot.cells()
            except CorruptSnapshot:
                cells = None
                self._wrong(snapshot, "is damaged: its cells do not match its checksum")
            del snapshot.data
            if snapshot.kind == Kind.BASELINE:
                self.baseline_id, self.readable = snapshot.pk, cells is not None
                self._begin(snapshot.width, snapshot.height, cells)
            elif cells is not None and self.readable and snapshot.seq == self.seq and cells != self.cells.tobytes():
                self._wrong(snapshot, "does not show what the log gives")

    def _wrong(self, snapshot: Snapshot, what: str) -> None:
        periodic = snapshot.kind == Kind.PERIODIC
        self._findings.add(
            About.PERIODIC if periodic else About.KEPT,
            f"Snapshot {snapshot.pk} ({snapshot.kind}, seq {snapshot.seq}) {what}.",
        )
        if periodic:
            self.bad.append(snapshot.pk)

    def _apply(self, after: int, upto: int) -> None:
        rows = _rows(self.board_id, after, upto)
        self.updates += len(rows)
        if len(rows) != upto - after:
            bounds = np.concatenate(([after], rows["seq"], [upto + 1]))
            gaps = np.flatnonzero(np.diff(bounds) > 1)
            self._findings.add_many(
                About.LOG,
                (_missing(int(bounds[gap]) + 1, int(bounds[gap + 1]) - 1) for gap in gaps),
                len(gaps),
            )
        impossible = (rows["x"] >= self.width) | (rows["y"] >= self.height) | (rows["color"] > MAX_COLOR)
        if impossible.any():
            self._findings.add_many(
                About.LOG,
                (
                    f"Update {row['seq']} is colour {row['color']} at ({row['x']}, {row['y']}): the board had "
                    f"{self.width}×{self.height} cells, and a colour is at most {MAX_COLOR}."
                    for row in rows[impossible]
                ),
                int(impossible.sum()),
            )
            rows = rows[~impossible]
        if not len(rows):
            return
        where = rows["y"].astype(np.int64) * self.width + rows["x"]
        previous, last = bulk.chain(self.cells, where, rows["color"].astype(np.uint8))
        wrong = np.flatnonzero(rows["previous"] != previous)
        if not self.readable:
            wrong = wrong[:0]
        self._findings.add_many(
            About.LOG,
            (
                f"Update {rows['seq'][index]} says that its cell had colour {rows['previous'][index]}; "
                f"the log before it gives {previous[index]}."
                for index in wrong
            ),
            len(wrong),
        )
        self.cells[where[last]] = rows["color"][last]
        self.seqs[where[last]] = rows["seq"][last]
        self.players[where[last]] = rows["player"][last]


def _rows(board_id: int, after: int, upto: int) -> NDArray[np.void]:
    log = (
        Update.objects.filter(board_id=board_id, seq__gt=after, seq__lte=upto)
        .order_by("seq")
        .values_list("seq", "x", "y", "color", "previous_color", Coalesce("player_id", Value(0)))
    )
    return np.array(list(log), dtype=_ROW)


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Update {first} is missing from the log."
    return f"Updates {first} to {last} are missing from the log."
