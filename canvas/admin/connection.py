"""Connections, to read: who watches, and who watched."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from canvas.admin.lists import EndedFilter, PlayerFilter, ReadOnlyAdmin, by_player
from canvas.models import Connection


class ClosedFilter(EndedFilter):
    ended_at = "closed_at"


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Newest first, along the index of the opening time."""

    list_display = ("opened_at", "closed_at", "board", "who", "process", "address_hash")
    related = ("board", "player", "process")
    list_filter = (ClosedFilter, "board", PlayerFilter)
    ordering = ("-opened_at",)
    fields = ("id", "board", "player", "process", "address_hash", "opened_at", "closed_at")

    @admin.display(description="player", empty_value="spectator")
    def who(self, connection: Connection) -> SafeString | None:
        return by_player("connection", connection.player)
