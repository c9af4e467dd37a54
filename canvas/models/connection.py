"""The connection: one row per socket, for people to look at. Nothing reads it to deliver a pixel."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from canvas.models.board import Board
from canvas.models.player import Player
from canvas.models.process import ServerProcess


class Connection(models.Model):
    """Written in batches a moment after the fact; `player` is empty for a spectator."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE)
    process = models.ForeignKey(ServerProcess, on_delete=models.CASCADE, db_index=False)
    player = models.ForeignKey(Player, null=True, on_delete=models.CASCADE)
    address_hash = models.CharField(max_length=32, blank=True, help_text="Keyed hash of the address.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=models.F("opened_at")), name="connection_opens_first"
            )
        ]
        indexes = [
            models.Index(fields=["process"], name="connection_open", condition=Q(closed_at=None)),
            models.Index(fields=["-opened_at"], name="connection_newest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
