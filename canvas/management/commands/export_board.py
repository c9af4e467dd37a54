"""Export a board or its log."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError

from canvas.actions import exports
from canvas.actions.exports import ExportFailed, Format
from canvas.management.commands._common import Bars, BoardCommand, board_of, counted
from canvas.models import Board, Snapshot
from canvas.models.snapshot import CorruptSnapshot

STDOUT = "-"


class Command(BoardCommand):
    help = (
        "Exports the board SLUG: a PNG with its palette, the raw snapshot body of the protocol, or its log as CSV in "
        "the layout of the public 2022 data set. The file appears under its name only once it is complete."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--output", required=True, help=f"a file; {STDOUT} for stdout; .gz at the end zips a CSV")
        parser.add_argument("--format", choices=list(Format), type=Format, help="default: as the file's name ends")
        parser.add_argument(
            "--snapshot", type=int, metavar="ID", help="this snapshot instead of the present (not for csv)"
        )

    def handle(self, *args: Any, **options: Any) -> str | None:
        board, output = board_of(options["slug"]), options["output"]
        kind = options["format"] or _format_of(output)
        snapshot = _snapshot_of(board, options["snapshot"])
        if kind is Format.CSV and snapshot is not None:
            raise CommandError("A snapshot is a picture, not a log: export it as png or raw.")
        if output.endswith(".gz") and kind is not Format.CSV:
            raise CommandError(f"A {kind} is compressed in itself or by who serves it; leave out the .gz.")
        try:
            with ExitStack() as stack:
                out: IO[bytes] = sys.stdout.buffer
                if output != STDOUT:
                    out = stack.enter_context(exports.replacing(Path(output)))
                if output.endswith(".gz"):
                    out = stack.enter_context(exports.zipped(out))
                done = self._write(board, snapshot, kind, out)
                out.flush()
        except (ExportFailed, CorruptSnapshot) as error:
            raise CommandError(str(error)) from error
        except BrokenPipeError:
            # Whoever read stdout has had enough; Python must not complain about it once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror or error}. Nothing was left under this name.") from error
        closing = f"Exported {done} of board {board.slug} to {output}."
        if output == STDOUT:
            self.stderr.write(closing, self.style.SUCCESS)
            return None
        return closing

    def _write(self, board: Board, snapshot: Snapshot | None, kind: Format, out: IO[bytes]) -> str:
        if kind is Format.CSV:
            with Bars() as bars:
                done = counted(exports.write_csv(board, out, progress=bars), "update")
            if board.baseline_id is not None:
                self.stderr.write(
                    "The board was reset or began with a picture: the log alone does not give what it shows. "
                    "Export a png as well."
                )
            return done
        body = exports.body_of(board, snapshot)
        if kind is Format.PNG:
            exports.write_png(board, body, out)
        else:
            exports.write_raw(body, out)
        of = f"snapshot {snapshot.pk} ({snapshot.get_kind_display().split(':')[0].lower()}), " if snapshot else ""
        return f"{of}{counted(len(body.cells), 'cell')} at seq {body.seq}"


def _format_of(output: str) -> Format:
    name = output.lower().removesuffix(".gz")
    for kind in Format:
        if name.endswith(f".{kind}"):
            return kind
    raise CommandError(f"Say --format {', '.join(Format)}: the name {output!r} does not end in one of them.")


def _snapshot_of(board: Board, pk: int | None) -> Snapshot | None:
    if pk is None:
        return None
    snapshot = board.snapshots.filter(pk=pk).first()
    if snapshot is None:
        newest = board.snapshots.order_by("-pk").values_list("pk", "kind", "seq")[:20]
        there = ", ".join(f"{pk} ({kind} at seq {seq})" for pk, kind, seq in newest) or "none"
        raise CommandError(f"Board {board.slug} has no snapshot {pk}. It has: {there}.")
    return snapshot
