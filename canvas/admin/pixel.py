"""Pixels: who owns a cell now, to read."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from canvas.admin.lists import ReadOnlyAdmin, by_player, search_cells
from canvas.admin.pictures import swatch
from canvas.models import Pixel


@admin.register(Pixel)
class PixelAdmin(ReadOnlyAdmin):
    """In the order of (board, x, y): it has no other index. What is newest stands in the log."""

    list_display = ("__str__", "board", "color_now", "seq", "who", "placed_at")
    related = ("board", "player")
    list_filter = ("board",)
    ordering = ("board_id", "x", "y")
    search_fields = ("x",)  # shows the box; get_search_results reads what is in it
    search_help_text = "“main 10 20”: one cell."
    fields = ("board", "x", "y", "color_now", "seq", "player", "placed_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Pixel], search_term: str
    ) -> tuple[QuerySet[Pixel], bool]:
        words = search_term.split()
        if not words:
            return queryset, False
        # A seq is no index of this table.
        found = search_cells(queryset, search_term) if len(words) == 3 else None
        return queryset.none() if found is None else found, False

    @admin.display(description="colour")
    def color_now(self, pixel: Pixel) -> SafeString:
        return swatch(pixel.board, pixel.color)

    @admin.display(description="player", empty_value="nobody")
    def who(self, pixel: Pixel) -> SafeString | None:
        return by_player("update", pixel.player)
