"""What the commands share: progress bars, the database's errors, and finding a board by its slug."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from tqdm import tqdm

from canvas.models import Board


class BoardCommand(BaseCommand):
    """A command that says what to do when the database does not answer, or has no tables yet."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(
                f"The database answers: {str(error).strip()}. Is DATABASE_URL right, is the server up and not busy for "
                "long, and has `manage.py migrate` run? Nothing was changed."
            ) from error


class Bars:
    """A Progress for the terminal: one bar per stage, with an estimate; quiet when stderr is no terminal."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> Bars:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage or self._bar is None:
            self._close()
            self._stage = stage
            self._bar = tqdm(desc=stage, total=total, unit="", unit_scale=True, disable=None, file=sys.stderr)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def board_of(slug: str) -> Board:
    """Raises CommandError that names the boards there are."""
    board = Board.objects.filter(slug=slug).first()
    if board is None:
        slugs = list(Board.objects.order_by("slug").values_list("slug", flat=True)[:20])
        there = f"there are: {', '.join(slugs)}" if slugs else "there is none yet; make one with create_board"
        raise CommandError(f"There is no board {slug!r}; {there}.")
    return board


def sentences(error: ValidationError) -> str:
    """A model's complaints, each with the field that it is about."""
    if hasattr(error, "error_dict"):
        return " ".join(f"{name}: {' '.join(found)}" for name, found in error.message_dict.items())
    return " ".join(error.messages)


def counted(count: int, noun: str) -> str:
    """`1 update`, `12,000 updates`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
