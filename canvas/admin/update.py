"""The log, to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from canvas.admin.lists import PlayerFilter, ReadOnlyAdmin, by_player, search_cells
from canvas.admin.pictures import swatch
from canvas.models import Player, Update


@admin.register(Update)
class UpdateAdmin(ReadOnlyAdmin):
    """Newest first. Of one board that is along (board, seq), of all boards along the key."""

    list_display = ("seq", "cell", "new_color", "old_color", "who", "placed_at", "board", "source")
    related = ("board", "player")
    list_filter = ("board", PlayerFilter)
    search_fields = ("seq",)  # shows the box; get_search_results reads what is in it
    search_help_text = "“main 10 20”: a cell’s past. “main #500”: one update. Or a player’s whole name."
    fields = (
        "board",
        "seq",
        "cell",
        "new_color",
        "old_color",
        "player",
        "placed_at",
        "source",
        "request_id",
    )

    def get_ordering(self, request: HttpRequest) -> Any:
        # With the board first even where there is only one: so its index serves, and not a sort of all its updates.
        return ["-board_id", "-seq"] if "board__id__exact" in request.GET else ["-pk"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Update], search_term: str
    ) -> tuple[QuerySet[Update], bool]:
        if not search_term.strip():
            return queryset, False
        found: QuerySet[Update] | None = search_cells(queryset, search_term)
        if found is None:
            player_id = Player.objects.filter(name=search_term.strip()).values_list("pk", flat=True).first()
            found = queryset.filter(player_id=player_id) if player_id else queryset.none()
        return found, False

    @admin.display(description="cell")
    def cell(self, update: Update) -> SafeString:
        return format_html(
            '<a class="nowrap" href="{}#x={}&amp;y={}&amp;z=10">({}, {})</a>',
            update.board.get_absolute_url(),
            update.x,
            update.y,
            update.x,
            update.y,
        )

    @admin.display(description="colour")
    def new_color(self, update: Update) -> SafeString:
        return swatch(update.board, update.color)

    @admin.display(description="before")
    def old_color(self, update: Update) -> SafeString:
        return swatch(update.board, update.previous_color)

    @admin.display(description="player", empty_value="nobody")
    def who(self, update: Update) -> SafeString | None:
        return by_player("update", update.player)
