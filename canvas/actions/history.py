"""Who placed what, and the log as it was written."""

from __future__ import annotations

from typing import Any

from canvas.engine import loading
from canvas.models import Board, Pixel, Update
from canvas.rules import messages
from canvas.rules.board import BLANK

MAX_UPDATES = 10_000
"""Updates in one answer."""
PAGE = 50
"""Entries of a pixel's past in one answer."""


def pixel(board: Board, x: int, y: int) -> dict[str, Any]:
    """The cell now: its colour, and who made it so when. An untouched cell has no seq and nobody."""
    found = Pixel.objects.filter(board=board, x=x, y=y).select_related("player").first()
    if found is None:
        color = BLANK
        if board.baseline is not None:  # what an image brought, or a reset left
            color = board.baseline.cells()[y * board.width + x]
        return {"x": x, "y": y, "color": color, "seq": None, "placed_at": None, "player": None}
    return {
        "x": x,
        "y": y,
        "color": found.color,
        "seq": found.seq,
        "placed_at": messages.iso(found.placed_at),
        "player": found.player and {"id": found.player.pk, "name": found.player.name},
    }


def past(board: Board, x: int, y: int, *, before: int | None, limit: int = PAGE) -> dict[str, Any]:
    """The cell's updates, newest first, of all times; `next` is the `before` of the next page, or None."""
    updates = Update.objects.filter(board=board, x=x, y=y)
    if before is not None:
        updates = updates.filter(seq__lt=before)
    rows = list(updates.order_by("-seq").values(*_FIELDS)[: limit + 1])
    return {
        "history": [_json(row) for row in rows[:limit]],
        "next": rows[limit - 1]["seq"] if len(rows) > limit else None,
    }


def updates(board_id: int, *, since: int, limit: int) -> dict[str, Any]:
    """At most `limit` updates after `since`, in order, and the head of the log."""
    head = Board.objects.values_list("seq", flat=True).get(pk=board_id)
    rows = Update.objects.filter(board_id=board_id, seq__gt=since, seq__lte=head).order_by("seq")
    return {"updates": [_json(row) for row in rows.values(*_FIELDS)[:limit]], "seq": head}


def records(board_id: int, *, since: int, limit: int) -> bytes:
    """The same as packed records."""
    head = Board.objects.values_list("seq", flat=True).get(pk=board_id)
    return b"".join(loading.records_between(board_id, since, min(head, since + limit)))


_FIELDS = ("seq", "x", "y", "color", "placed_at", "player_id", "player__name")


def _json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "seq": row["seq"],
        "x": row["x"],
        "y": row["y"],
        "color": row["color"],
        "placed_at": messages.iso(row["placed_at"]),
        "player": None if row["player_id"] is None else {"id": row["player_id"], "name": row["player__name"]},
    }
