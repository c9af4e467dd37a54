"""The pixel: the last update of a cell since the board's baseline. No row is an untouched cell."""

from __future__ import annotations

from django.db import models

from canvas.models.board import Board
from canvas.models.player import Player


class Pixel(models.Model):
    """Who owns a cell now. Derived from the log: `verify_board` proves it, and can rebuild it."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, db_index=False)
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()
    color = models.PositiveSmallIntegerField(help_text="Index into the board's palette.")
    seq = models.PositiveBigIntegerField()
    player = models.ForeignKey(Player, null=True, on_delete=models.PROTECT)
    placed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "x", "y"], name="pixel_cell")]

    def __str__(self) -> str:
        return f"({self.x}, {self.y})"
