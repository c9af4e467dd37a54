"""A long log at once: rows by the hundred thousand into the log, its pixels and its players.

Beside `sql`, which is made for batches of hundreds, and like it without the ORM. Measured with the 920,951 rows of a
real history (2 cores; updates alone, indexes included): SQLite 115,000 rows/s with `executemany` against 20,000 with
`bulk_create`, which builds a statement anew for every few hundred rows; PostgreSQL 140,000 rows/s with COPY against
24,000, and 70,000 with the arrays of `sql`. Table and column names come from the models.

Whoever calls holds the board's lock, in the transaction that is to contain all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection, models
from django.utils import timezone
from numpy.typing import NDArray

from canvas.engine import loading
from canvas.engine.sql import quoted
from canvas.models import Board, Pixel, Player, Snapshot, Update
from canvas.models.snapshot import Kind
from canvas.models.update import Source

CHUNK = 20_000
"""Rows turned into Python objects at a time: some MiB."""
LOOKUP = 500
"""Names in one query: SQLite's oldest limit on parameters is 999."""
SQLITE_CACHE_KIB = 256 * 1024
"""Page cache while a log is appended: an index in random order that does not fit is written over and over."""

Progress = Callable[[str, int, int], None]
"""Told (what is being done, how much is done, of how much) now and then, from the thread that does it."""


def silent(stage: str, done: int, total: int) -> None:
    """A Progress for nobody."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A log as columns of one length, in the order in which they are to be appended."""

    times: NDArray[np.int64]
    """Milliseconds since 1970, UTC."""
    players: NDArray[np.int64]
    """Ids; 0 for nobody."""
    xs: NDArray[np.uint16]
    ys: NDArray[np.uint16]
    colors: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.times)


def append(board: Board, rows: Rows, *, source: Source, progress: Progress = silent) -> None:
    """Give each row the next seq; write log, pixels, the board's head and a periodic snapshot of what it is then.

    `board.seq` is moved along. Coordinates and colours must be the board's; nothing is judged here.
    """
    count = len(rows)
    if not count:
        return
    cells = loading.fold(board).cells
    grid = np.frombuffer(cells, dtype=np.uint8)
    where = rows.ys.astype(np.int64) * board.width + rows.xs
    previous, last = chain(grid, where, rows.colors)
    # In the order of the cells' index, which then grows at its end: a fifth faster than in the order of seq.
    last = last[np.lexsort((rows.ys[last], rows.xs[last]))]
    first = board.seq + 1
    seqs = np.arange(first, first + count, dtype=np.int64)
    _enlarge_cache()
    _insert(
        Update,
        ("board", "seq", "x", "y", "color", "previous_color", "player", "placed_at", "source"),
        _reported(
            (
                (board.pk, seq, x, y, color, before, player or None, moment, source.value)
                for seq, x, y, color, before, player, moment in _tuples(
                    seqs, rows.xs, rows.ys, rows.colors, previous, rows.players, times=rows.times
                )
            ),
            progress,
            "log",
            count,
        ),
    )
    put_pixels(
        board,
        Rows(rows.times[last], rows.players[last], rows.xs[last], rows.ys[last], rows.colors[last]),
        seqs[last],
        progress=progress,
    )
    grid[where[last]] = rows.colors[last]
    board.seq = int(seqs[-1])
    board.save(update_fields=["seq"])
    Snapshot.of(board, Kind.PERIODIC, seq=board.seq, cells=bytes(cells)).save()


def put_pixels(board: Board, rows: Rows, seqs: NDArray[np.int64], *, progress: Progress = silent) -> None:
    """Write these cells' rows of the pixel table, over what is there; no cell may come twice."""
    _insert(
        Pixel,
        ("board", "x", "y", "color", "seq", "player", "placed_at"),
        _reported(
            (
                (board.pk, x, y, color, seq, player or None, moment)
                for seq, x, y, color, player, moment in _tuples(
                    seqs, rows.xs, rows.ys, rows.colors, rows.players, times=rows.times
                )
            ),
            progress,
            "pixels",
            len(rows),
        ),
        upsert=(("board", "x", "y"), ("color", "seq", "player", "placed_at")),
    )


def player_ids(names: Sequence[str], *, progress: Progress = silent) -> NDArray[np.int64]:
    """The ids of the players of these names, in order; who is missing is made, with neither account nor device."""
    known = _ids_by_name(names)
    missing = [name for name in dict.fromkeys(names) if name not in known]
    if missing:
        now = timezone.now().replace(tzinfo=None)
        rows = ((name, 0, "", moment) for name, moment in zip(missing, _moments([now] * len(missing)), strict=True))
        _insert(
            Player,
            ("name", "placed_count", "address_hash", "first_seen"),
            _reported(rows, progress, "players", len(missing)),
            upsert=((), ()),
        )
        # Looked up rather than counted: somebody may have taken one of these names a moment ago.
        known |= _ids_by_name(missing)
    return np.fromiter((known[name] for name in names), dtype=np.int64, count=len(names))


def chain(
    before: NDArray[np.uint8], where: NDArray[np.int64], colors: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(the colour that each update replaced, the positions of every cell's last update in ascending order).

    `before` are a board's cells, `where` an index into them for each update, in log order.
    """
    # Stable: updates of one cell stay in log order, so each one's predecessor stands just before it.
    order = np.argsort(where, kind="stable")
    cells, painted = where[order], colors[order]
    begins = np.ones(len(where) + 1, dtype=np.bool_)
    begins[1:-1] = cells[1:] != cells[:-1]
    replaced = np.empty_like(painted)
    replaced[1:] = painted[:-1]
    replaced[begins[:-1]] = before[cells[begins[:-1]]]
    previous = np.empty_like(colors)
    previous[order] = replaced
    return previous, np.sort(order[begins[1:]])


def _tuples(*columns: NDArray[np.generic], times: NDArray[np.int64]) -> Iterator[tuple[Any, ...]]:
    """Rows of Python values, the time last, as the database's driver takes them."""
    for start in range(0, len(times), CHUNK):
        part = slice(start, start + CHUNK)
        moments = _moments(times[part].astype("datetime64[ms]").tolist())
        yield from zip(*(column[part].tolist() for column in columns), moments, strict=True)


def _moments(naive: list[datetime]) -> list[Any]:
    # As Django's backends write a time: text in UTC for SQLite, a timestamp with time zone for PostgreSQL.
    if connection.vendor == "sqlite":
        return [str(moment) for moment in naive]
    return [moment.replace(tzinfo=UTC) for moment in naive]


def _ids_by_name(names: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(names), LOOKUP):
        found.update(Player.objects.filter(name__in=names[start : start + LOOKUP]).values_list("name", "pk"))
    return found


def _reported(rows: Iterator[tuple[Any, ...]], progress: Progress, stage: str, total: int) -> Iterator[tuple[Any, ...]]:
    for done, row in enumerate(rows):
        if done % CHUNK == 0:
            progress(stage, done, total)
        yield row
    progress(stage, total, total)


def _insert(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    *,
    upsert: tuple[Sequence[str], Sequence[str]] | None = None,
) -> None:
    """Insert rows; with `upsert` = (fields that clash, fields to overwrite then), empty ones to leave clashes alone."""
    table = connection.ops.quote_name(model._meta.db_table)
    columns = [quoted(model, name) for name in fields]
    conflict = ""
    if upsert is not None:
        unique, overwritten = ([quoted(model, name) for name in names] for names in upsert)
        target = f" ({', '.join(unique)})" if unique else ""
        action = "UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in overwritten)
        conflict = f" ON CONFLICT{target} DO {action if overwritten else 'NOTHING'}"
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # COPY knows no conflicts, so that what may clash goes through a table of its own.
            target = "bulk_rows" if conflict else table
            if conflict:
                cursor.execute(
                    f"CREATE TEMP TABLE bulk_rows ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"  # noqa: S608
                )
            with cursor.copy(f"COPY {target} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            if conflict:
                cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM bulk_rows{conflict}")  # noqa: S608
                cursor.execute("DROP TABLE bulk_rows")
            return
        values = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({values}){conflict}"  # noqa: S608
        remaining = iter(rows)
        # In chunks: Django's cursor keeps everything that it has taken from an iterator.
        while chunk := list(islice(remaining, CHUNK)):
            cursor.executemany(statement, chunk)


def _enlarge_cache() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KIB}")
