"""What all lists of the admin share: they stay fast when the log has ten million rows.

Such a list is read along an index, newest or first rows only, up to a bound; it is never counted, never sorted by a
column that somebody clicks on, and never asked for the distinct values of a filter. Whoever looks for more narrows it
down by a filter or a search, each of which is an index too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from canvas.models import Board, Player

if TYPE_CHECKING:
    # Generic to the type checker alone.
    ModelAdmin = admin.ModelAdmin[Any]
    BasePaginator = Paginator[Any]
else:
    ModelAdmin = admin.ModelAdmin
    BasePaginator = Paginator

MAX_LISTED = 1_000
"""Rows that can be paged through. Reading as many keys along an index takes about a millisecond."""


class BoundedPaginator(BasePaginator):
    """Pages of the first MAX_LISTED rows. Their number comes from reading keys, not from COUNT(*)."""

    @cached_property
    def count(self) -> int:
        return len(self.object_list.values_list("pk", flat=True)[:MAX_LISTED])  # type: ignore[union-attr]

    @property
    def is_cut(self) -> bool:
        """Whether there may be rows past the bound; templates/admin/canvas/pagination.html says so."""
        return self.count == MAX_LISTED

    def page(self, number: int | str) -> Any:
        page = super().page(number)
        # The last page would otherwise go on past the bound.
        page.object_list = page.object_list[: self.count - page.start_index() + 1]
        return page


class LargeTableAdmin(ModelAdmin):
    """A list that is bounded, in the order of an index. `ordering` must name that index's columns."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    list_per_page = 100


class ReadOnlyAdmin(LargeTableAdmin):
    """To look at. What the server writes by itself is not for people to edit, not even for superusers."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PlayerFilter(admin.SimpleListFilter):
    """Rows of one player. Shown only when asked for by a link: a list of all players would be no filter."""

    title = "player"
    parameter_name = "player"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        given = request.GET.get(self.parameter_name, "")
        name = Player.objects.filter(pk=_number(given)).values_list("name", flat=True).first()
        return [(given, name or "unknown")] if given else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(player_id=_number(self.value()))


def by_player(model_name: str, player: Player, text: str) -> SafeString:
    """A link to a list's rows of one player."""
    address = reverse(f"admin:canvas_{model_name}_changelist")
    return format_html('<a href="{}?{}={}">{}</a>', address, PlayerFilter.parameter_name, player.pk, text)


def by_board(model_name: str, board: Board, text: str) -> SafeString:
    """A link to a list's rows of one board."""
    address = reverse(f"admin:canvas_{model_name}_changelist")
    return format_html('<a href="{}?board__id__exact={}">{}</a>', address, board.pk, text)


def search_cells(queryset: QuerySet[Any], search: str) -> QuerySet[Any] | None:
    """Rows that `board x y` or `board seq` names; None for a search that is neither."""
    slug, *rest = search.split()
    numbers = [_number(text.removeprefix("#")) for text in rest]
    if not 1 <= len(numbers) <= 2 or None in numbers:
        return None
    # Two queries rather than a join: the second is a plain index look-up.
    board_id = Board.objects.filter(slug=slug).values_list("pk", flat=True).first()
    names = ("seq",) if len(numbers) == 1 else ("x", "y")
    return queryset.filter(board_id=board_id, **dict(zip(names, numbers, strict=True)))


def is_detail(request: HttpRequest) -> bool:
    """Whether one object is asked for, not a list of them."""
    match = request.resolver_match
    return match is not None and "object_id" in match.kwargs


def _number(text: str | None) -> int | None:
    """The whole number that was written, if a database could hold it."""
    if text and text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    return None
