"""The update: one line of the log. Appended under the board's lock, never changed, never deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from canvas.models.board import Board
from canvas.models.player import Player


class Source(models.TextChoices):
    """Where an update comes from; one letter, because there are millions."""

    PLAYER = "p", "player"
    MODERATOR = "m", "moderator"
    UNDO = "u", "undo"
    IMPORT = "i", "import"


class Update(models.Model):
    """One pixel that changed hands. (board, seq) is its name; seq counts 1, 2, 3, … in commit order.

    `player` is empty where nobody placed it: a moderator's doing. `request_id` is the client's own id of the
    placement, kept so that asking again neither places nor charges twice.
    """

    board = models.ForeignKey(Board, on_delete=models.PROTECT, db_index=False)
    seq = models.PositiveBigIntegerField()
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()
    color = models.PositiveSmallIntegerField(help_text="Index into the board's palette.")
    previous_color = models.PositiveSmallIntegerField()
    player = models.ForeignKey(Player, null=True, on_delete=models.PROTECT, related_name="updates")
    placed_at = models.DateTimeField()
    request_id = models.UUIDField(null=True)
    source = models.CharField(max_length=1, choices=Source, default=Source.PLAYER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "seq"], name="update_seq"),
            models.UniqueConstraint(
                fields=["request_id", "player"], name="update_request", condition=Q(request_id__isnull=False)
            ),
            models.CheckConstraint(condition=Q(seq__gte=1), name="update_seq_from_one"),
            models.CheckConstraint(condition=Q(source__in=[source.value for source in Source]), name="update_source"),
        ]
        indexes = [models.Index(fields=["board", "x", "y", "seq"], name="update_cell")]  # a pixel's past

    def __str__(self) -> str:
        return f"{self.board_id}/{self.seq}"
