"""Connections, to read: who watches, and who watched."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from canvas.admin.lists import PlayerFilter, ReadOnlyAdmin, by_player
from canvas.models import Connection


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Newest first, along the index of the opening time."""

    list_display = ("opened_at", "closed_at", "board", "who", "process", "address_hash")
    list_select_related = ("board", "player", "process")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "board", PlayerFilter)
    ordering = ("-opened_at",)
    fields = ("id", "board", "player", "process", "address_hash", "opened_at", "closed_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        return super().get_queryset(request).select_related("board", "player", "process")

    @admin.display(description="player", empty_value="spectator")
    def who(self, connection: Connection) -> Any:
        return by_player("connection", connection.player, connection.player.name) if connection.player else None
