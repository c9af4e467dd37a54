"""Players: their names can be changed; the rest is the server's."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from canvas.admin.lists import LargeTableAdmin, by_player
from canvas.models import Player


@admin.register(Player)
class PlayerAdmin(LargeTableAdmin):
    """Never adds or deletes: players come with a cookie, and the log names them for ever."""

    list_display = ("name", "user", "placed_count", "ready_at", "first_seen", "last_seen", "updates")
    related = ("user",)
    search_fields = ("name__startswith",)
    search_help_text = "The name, or how it begins. The newest players come first."
    ordering = ("-pk",)
    actions = None
    fields = ("name", "user", "ready_at", "placed_count", "first_seen", "last_seen", "updates")
    readonly_fields = ("user", "ready_at", "placed_count", "first_seen", "last_seen", "updates")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Player, form: Any, change: bool) -> None:
        # The name alone: the player may place a pixel between the reading of this row and its writing.
        obj.save(update_fields=["name"])

    @admin.display(description="see")
    def updates(self, player: Player) -> SafeString:
        links = by_player("update", player, "updates"), by_player("connection", player, "connections")
        return format_html("{} · {}", *links)
