"""Import a picture or a log into a board."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from canvas.actions import imports
from canvas.actions.imports import ImportedPicture, ImportFailed
from canvas.management.commands._common import Bars, BoardCommand, counted, sentences
from canvas.rules.board import InvalidBoard


class Command(BoardCommand):
    help = (
        "Imports FILE into the board SLUG, which is made when there is none. A PNG becomes the board's new baseline; "
        "a CSV in the layout of the public 2022 data set (timestamp,user_id,pixel_color,coordinate), plain or gzipped, "
        "is appended to its log. All or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file", type=Path)
        parser.add_argument("--width", type=int, help="cells of a new board (CSV; default: as many as the rows need)")
        parser.add_argument("--height", type=int, help="cells of a new board (CSV; default: as many as the rows need)")
        parser.add_argument(
            "--keep-order", action="store_true", help="append CSV rows as they come instead of in the order of time"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        slug, started = options["slug"], time.monotonic()
        try:
            with Bars() as bars:
                result = imports.import_file(
                    slug=slug,
                    path=options["file"],
                    width=options["width"],
                    height=options["height"],
                    keep_order=options["keep_order"],
                    progress=bars,
                )
        except (ImportFailed, InvalidBoard) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(f"Board {slug!r} cannot be made. {sentences(error)}") from error
        if isinstance(result, ImportedPicture):
            return self._picture(result)
        board, seconds = result.board, time.monotonic() - started
        if result.sorted:
            self.stdout.write("The rows were not in the order of time and have been sorted by it.")
        made = (
            f", made with {board.width}×{board.height} cells and {len(board.palette)} colours" if result.created else ""
        )
        return (
            f"Imported {counted(result.updates, 'update')} by {counted(result.players, 'player')} into board "
            f"{slug}{made}: seq {result.first_seq} to {board.seq}, in {seconds:.1f} s "
            f"({result.updates / seconds:,.0f} a second)."
        )

    def _picture(self, result: ImportedPicture) -> str:
        board = result.board
        if result.archive is not None:
            self.stdout.write(
                f"What the board showed is kept: export_board {board.slug} --snapshot {result.archive.pk} --output FILE"
            )
        made = "new board" if result.created else "board"
        return (
            f"Imported {counted(result.cells, 'cell')} as the baseline of {made} {board.slug}: "
            f"{board.width}×{board.height}, {len(board.palette)} colours, seq {board.seq}."
        )
