"""Create, change and reset boards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from canvas.actions import site
from canvas.engine import ledger, loading
from canvas.models import Board, Pixel, Snapshot
from canvas.models.snapshot import Kind
from canvas.rules.board import BLANK, DEFAULT_COOLDOWN, DEFAULT_SLUG, check_cooldown, check_size
from canvas.rules.palettes import DEFAULT_PALETTE, Palette, as_json

TOLD = frozenset({"title", "palette", "cooldown", "state", "opens_at", "closes_at"})
"""Settings that open pages show."""


def create(
    *,
    slug: str,
    width: int,
    height: int,
    title: str = "",
    palette: Palette = DEFAULT_PALETTE,
    cooldown: int = DEFAULT_COOLDOWN,
) -> Board:
    """A blank board. Raises InvalidBoard, or ValidationError for a slug that is taken or no slug."""
    check_size(width, height)
    check_cooldown(cooldown)
    board = Board(
        slug=slug, title=title or slug, width=width, height=height, palette=as_json(palette), cooldown=cooldown
    )
    board.full_clean()
    board.save(force_insert=True)
    return board


def create_default() -> Board | None:
    """The board that a new site begins with; None when there is a board already."""
    if Board.objects.exists():
        return None
    return create(slug=DEFAULT_SLUG, title="placesite", width=1000, height=1000)


def change(board: Board, **settings: Any) -> None:
    """Change settings of a board that players see, and tell every open page. Raises ValidationError."""
    unknown = settings.keys() - TOLD
    if unknown:
        raise ValueError(f"Not settings of a board: {', '.join(sorted(unknown))}.")
    if "palette" in settings:
        check_colors_stay(board.pk, settings["palette"])
    for name, value in settings.items():
        setattr(board, name, value)
    board.full_clean()
    with transaction.atomic():
        # Only what was asked for: the row's seq belongs to whoever holds its lock.
        board.save(update_fields=list(settings))
        Board.objects.filter(pk=board.pk).update(revision=F("revision") + 1)
    board.refresh_from_db(fields=["revision"])
    transaction.on_commit(lambda: site.board_changed(board.pk))


def check_colors_stay(board_id: int, palette: Sequence[object]) -> None:
    """Raises ValidationError when a board that was painted on would lose colours: its cells are indexes into them."""
    board = Board.objects.only("palette", "seq", "baseline_id").get(pk=board_id)
    if (board.seq or board.baseline_id) and len(palette) < len(board.palette):
        raise ValidationError(
            "Colours of a board that was painted on can be changed and added, but not removed: "
            "its log and its cells name them by their place in this list."
        )


def reset(slug: str) -> Snapshot:
    """Make the board blank, from the present seq on; what was there is kept in the archive snapshot returned.

    Raises Board.DoesNotExist.
    """
    board_id = Board.objects.values_list("pk", flat=True).get(slug=slug)
    with ledger.locked(board_id) as locked:
        archive = Snapshot.of(
            locked.board, Kind.ARCHIVE, seq=locked.board.seq, cells=bytes(loading.fold(locked.board).cells)
        )
        archive.save()
        rebase(locked.board, bytes([BLANK]) * (locked.board.width * locked.board.height))
    site.board_changed(board_id)
    return archive


def rebase(board: Board, cells: bytes) -> None:
    """Give a board whose lock is held new cells to paint on, at its present seq. Its log stays, its pixels go.

    Append nothing in the same `ledger.locked`: its cells are those of before.
    """
    board.revision += 1
    baseline = Snapshot.of(board, Kind.BASELINE, seq=board.seq, cells=cells)
    baseline.save()
    board.baseline = baseline
    board.save(update_fields=["revision", "baseline", "width", "height"])
    Pixel.objects.filter(board=board).delete()
