"""Make a board blank."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from canvas.actions import boards
from canvas.management.commands._common import BoardCommand, board_of, counted


class Command(BoardCommand):
    help = (
        "Makes the board SLUG blank, at once and on every open page. What it showed is kept in an archive snapshot; "
        "its log stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> str:
        slug = options["slug"]
        board = board_of(slug)
        if not options["yes"]:
            size = f"{board.width}×{board.height} cells, {counted(board.seq, 'update')}"
            self.stdout.write(f"Board {slug} ({size}) becomes blank for everybody.")
            try:
                typed = input("Type its slug to go on: ")
            except EOFError:
                typed = ""
            if typed.strip() != slug:
                raise CommandError("That is not the slug; nothing was changed. Without a terminal, say --yes.")
        archive = boards.reset(slug)
        return (
            f"Reset 1 board, {slug}, at seq {archive.seq}. What it showed is archive snapshot {archive.pk}: "
            f"export_board {slug} --snapshot {archive.pk} --output {slug}-{archive.seq}.png"
        )
