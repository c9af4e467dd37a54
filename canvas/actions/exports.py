"""Boards and logs to files: a picture, the snapshot body, or the log as CSV."""

from __future__ import annotations

import gzip
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, cast

import numpy as np

from canvas.actions.imports_rows import HEADER
from canvas.actions.pictures import encode_png
from canvas.engine import loading
from canvas.engine.bulk import Progress, silent
from canvas.models import Board, Snapshot, Update
from canvas.rules import wire
from canvas.rules.wire import SnapshotBody

_TO_QUOTE = re.compile('[",\r\n]')


class ExportFailed(Exception):
    """What cannot be exported, and what to do instead."""


class Format(StrEnum):
    """PNG with the board's palette, the protocol's snapshot body, the log in the layout of the public 2022 data."""

    PNG = "png"
    RAW = "raw"
    CSV = "csv"


def body_of(board: Board, snapshot: Snapshot | None = None) -> SnapshotBody:
    """The board as it stands, or one of its snapshots. Raises CorruptSnapshot."""
    if snapshot is not None:
        return snapshot.body()
    loaded = loading.load(board.pk)
    return SnapshotBody(loaded.info.width, loaded.info.height, loaded.seq, loaded.info.revision, bytes(loaded.cells))


def write_raw(body: SnapshotBody, out: IO[bytes]) -> None:
    """The body as the snapshot address serves it, before any compression."""
    out.write(wire.encode_snapshot(body))


def write_png(board: Board, body: SnapshotBody, out: IO[bytes]) -> None:
    """An indexed PNG with the board's palette. Raises ExportFailed for cells of a palette that was longer."""
    info = replace(board.info(), width=body.width, height=body.height)
    largest = int(np.frombuffer(body.cells, dtype=np.uint8).max())
    if largest >= len(info.palette):
        raise ExportFailed(
            f"The snapshot has colour {largest}, the palette of board {board.slug} only {len(info.palette)}. "
            "Append the missing colours to the palette, or export it with --format raw."
        )
    out.write(encode_png(info, body.cells))


def write_csv(board: Board, out: IO[bytes], *, progress: Progress = silent) -> int:
    """The whole log up to the present seq, in order of seq; how many updates it has. Memory is bounded.

    Raises ExportFailed for an update whose colour the palette no longer has.
    """
    head = board.seq
    hexes = [color.hex for color in board.info().palette]
    out.write((",".join(HEADER) + "\n").encode())
    log = (
        Update.objects.filter(board=board)
        .order_by("seq")
        .values_list("seq", "placed_at", "player__name", "color", "x", "y")
    )
    count = 0
    for start in range(0, head, loading.CHUNK):
        rows = list(log.filter(seq__gt=start, seq__lte=min(start + loading.CHUNK, head)))
        try:
            lines = [
                f'{timestamp(moment)},{_quoted(name or "")},{hexes[color]},"{x},{y}"\n'
                for _, moment, name, color, x, y in rows
            ]
        except IndexError as error:
            seq, color = next((seq, color) for seq, _, _, color, _, _ in rows if color >= len(hexes))
            raise ExportFailed(
                f"Update {seq} has colour {color}, the palette of board {board.slug} only {len(hexes)}. "
                "Append the missing colours to the palette."
            ) from error
        out.write("".join(lines).encode())
        count += len(rows)
        progress("writing", min(start + loading.CHUNK, head), head)
    return count


def _quoted(name: str) -> str:
    # Not left to the csv module, which writes a carriage return without quotes and then refuses to read it.
    return '"' + name.replace('"', '""') + '"' if _TO_QUOTE.search(name) else name


def timestamp(moment: datetime) -> str:
    """`2022-04-01 12:44:10.315 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{utc.replace(tzinfo=None, microsecond=0)}.{utc.microsecond // 1000:03d} UTC"


@contextmanager
def zipped(out: IO[bytes]) -> Iterator[IO[bytes]]:
    """What is written comes out gzipped; the same content gives the same bytes."""
    with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=6, mtime=0) as packed:
        yield cast(IO[bytes], packed)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that gets its name once it is complete and on the disk; after an error there is none.

    What was there before stays until then. A device or a pipe is written straight away: it cannot be replaced.
    """
    path = path.resolve()
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with path.open("wb") as file:
            yield file
        return
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    # Not tempfile's, whose files only the owner may read: the umask decides, as for any new file.
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    # The name, too, must survive a power cut.
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
