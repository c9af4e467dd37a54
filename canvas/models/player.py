"""The player: who places, and when they may again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Player(models.Model):
    """A user account, an anonymous device, or a name that came with an imported log (neither of the two).

    `token_hash` is the SHA-256 of the device's random token: the token itself is only in the device's cookie.
    """

    name = models.CharField(max_length=100, unique=True, help_text="What others see.")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="player"
    )
    token_hash = models.BinaryField(max_length=32, null=True, editable=False)
    ready_at = models.DateTimeField(null=True, blank=True, help_text="May place again from then on; empty for now.")
    placed_count = models.PositiveBigIntegerField(default=0, editable=False)
    address_hash = models.CharField(max_length=32, blank=True, editable=False, help_text="Keyed hash of the address.")
    first_seen = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="player_has_a_name"),
        ]
        indexes = [models.Index(fields=["address_hash"], name="player_address", condition=~Q(address_hash=""))]

    def __str__(self) -> str:
        return self.name
