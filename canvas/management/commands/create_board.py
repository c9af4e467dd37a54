"""Make a board."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from canvas.actions import boards
from canvas.management.commands._common import BoardCommand, sentences
from canvas.models import Board
from canvas.rules.board import DEFAULT_COOLDOWN, InvalidBoard
from canvas.rules.palettes import PALETTES, InvalidPalette, Palette, check_palette

SIDE = 1000


def palette_of(name: str) -> Palette:
    """A palette by name, or from a JSON file that lists {"name", "hex"}. Raises CommandError."""
    if name in PALETTES:
        return PALETTES[name]
    try:
        given = json.loads(Path(name).read_text(encoding="utf-8"))
        if not isinstance(given, list):
            raise InvalidPalette('The file must be a list of {"name": "red", "hex": "#FF4500"}.')
        return check_palette(given)
    except FileNotFoundError as error:
        raise CommandError(f"There is no palette and no file {name!r}; choose {' or '.join(PALETTES)}.") from error
    except json.JSONDecodeError as error:
        raise CommandError(f"{name}:{error.lineno}: This is not JSON: {error.msg}. Correct the file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name}: The palette cannot be read: {error}.") from error
    except InvalidPalette as error:
        raise CommandError(f"{name}: {error} Correct the file.") from error


class Command(BoardCommand):
    help = "Makes the board SLUG, blank and open; or with --default the board of a new site, where there is none yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", help="its address will be /b/SLUG/")
        parser.add_argument("--width", type=int, default=SIDE, help=f"cells (default: {SIDE})")
        parser.add_argument("--height", type=int, default=SIDE, help=f"cells (default: {SIDE})")
        parser.add_argument(
            "--palette", default="reddit2022", help=f"{', '.join(PALETTES)} (default: reddit2022), or a JSON file"
        )
        parser.add_argument(
            "--cooldown", type=int, default=DEFAULT_COOLDOWN, help=f"seconds (default: {DEFAULT_COOLDOWN}); 0 for none"
        )
        parser.add_argument("--title", default="", help="what people read (default: the slug)")
        parser.add_argument("--default", action="store_true", help="what a new site begins with")

    def handle(self, *args: Any, **options: Any) -> str:
        if options["default"]:
            if options["slug"]:
                raise CommandError("Give a slug or --default, not both.")
            return self._default()
        if not options["slug"]:
            raise CommandError("Give the new board a slug, like `create_board main`, or say --default.")
        try:
            board = boards.create(
                slug=options["slug"],
                width=options["width"],
                height=options["height"],
                palette=palette_of(options["palette"]),
                cooldown=options["cooldown"],
                title=options["title"],
            )
        except InvalidBoard as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(f"Board {options['slug']!r} cannot be made. {sentences(error)}") from error
        return f"Made 1 board: {description(board)}"

    def _default(self) -> str:
        board = boards.create_default()
        if board is not None:
            return f"Made 1 board: {description(board)}"
        slugs = ", ".join(Board.objects.order_by("slug").values_list("slug", flat=True)[:20])
        return f"Made 0 boards: there is one already ({slugs})."


def description(board: Board) -> str:
    cooldown = f"cooldown {board.cooldown} s" if board.cooldown else "no cooldown"
    return (
        f"{board.slug}, {board.width}×{board.height} cells, {len(board.palette)} colours, {cooldown}, "
        f"at {board.get_absolute_url()}"
    )
