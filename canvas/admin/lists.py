"""What all lists of the admin share: they stay fast when the log has ten million rows.

Such a list is read along an index, newest or first rows only, up to a bound; it is never counted, never sorted by a
column that somebody clicks on, and never asked for the distinct values of a filter. Whoever looks for more narrows it
down by a filter or a search, each of which is an index too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
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
        rows = cast("QuerySet[Any]", self.object_list)
        return len(rows.values_list("pk", flat=True)[:MAX_LISTED])

    @property
    def is_cut(self) -> bool:
        """Whether there may be rows past the bound; templates/admin/canvas/pagination.html says so."""
        return self.count == MAX_LISTED


class IndexedChangeList(ChangeList):
    """Ignores the order that an address asks for: `sortable_by` only takes the links away."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)


class LargeTableAdmin(ModelAdmin):
    """A list that is bounded, in the order of an index. `ordering` must name that index's columns."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    list_per_page = 100
    related: ClassVar[tuple[str, ...]] = ()
    """What a row or a page names; read with it."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return IndexedChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related)


class ReadOnlyAdmin(LargeTableAdmin):
    """To look at. What the server writes by itself is not for people to edit, not even for superusers."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EndedFilter(admin.SimpleListFilter):
    """What goes on, or what has ended, by the time of its end. Subclasses name that."""

    title = "state"
    parameter_name = "ended"
    ended_at = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Open"), ("yes", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(**{f"{self.ended_at}__isnull": self.value() == "no"})


class PlayerFilter(admin.SimpleListFilter):
    """Rows of one player. Shown only when asked for by a link: a list of all players would be no filter."""

    title = "player"
    parameter_name = "player"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        given = request.GET.get(self.parameter_name, "")
        player = _player(given)
        return [(given, player.name if player else "unknown")] if given else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        if given is None:
            return queryset
        player = _player(given)
        return queryset.filter(player=player) if player else queryset.none()


def by_player(model_name: str, player: Player | None, text: str = "") -> SafeString | None:
    """A link to a list's rows of one player, by default with the player's name; None for nobody."""
    if player is None:
        return None
    address = reverse(f"admin:canvas_{model_name}_changelist")
    parameter = PlayerFilter.parameter_name
    return format_html('<a class="nowrap" href="{}?{}={}">{}</a>', address, parameter, player.pk, text or player.name)


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


def _player(given: str) -> Player | None:
    number = _number(given)
    return None if number is None else Player.objects.filter(pk=number).first()


def _number(text: str | None) -> int | None:
    """The whole number that was written, if a database could hold it."""
    if text and text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    return None
