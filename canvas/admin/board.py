"""Boards: create, change, reset. Everything goes through the verbs, so open pages learn of it at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from canvas.actions import boards
from canvas.admin.lists import BoundedPaginator, ModelAdmin, by_board
from canvas.admin.pictures import palette_of, swatches
from canvas.models import Board
from canvas.models.board import BoardState, default_palette
from canvas.rules.palettes import InvalidPalette, as_json, check_palette

if TYPE_CHECKING:
    BoardModelForm = forms.ModelForm[Board]
else:
    BoardModelForm = forms.ModelForm

ONCE = ("slug", "width", "height")
"""Settings for life: addresses must not break, and resizing is more than a number."""
LATER = ("state", "opens_at", "closes_at")
"""Settings that a new board is given after it was made."""


class PaletteField(forms.JSONField):
    """JSON with a colour a line: a palette is read and edited by lines."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return super().prepare_value(value)
        return "[\n" + ",\n".join(f"  {self._line(color)}" for color in value) + "\n]"

    @staticmethod
    def _line(color: Any) -> str:
        if isinstance(color, dict):  # PostgreSQL keeps keys in an order of its own
            color = {key: color[key] for key in sorted(color, key=lambda key: (key != "name", key != "hex"))}
        text = json.dumps(color, ensure_ascii=False)
        # What was refused comes back too, and a page cannot carry half a surrogate pair.
        return text if text.isprintable() else json.dumps(color)


class BoardForm(BoardModelForm):
    palette = PaletteField(
        initial=default_palette,
        help_text=Board._meta.get_field("palette").help_text,
        widget=forms.Textarea(attrs={"rows": 20, "cols": 60, "spellcheck": "false", "wrap": "off"}),
    )

    class Meta:
        model = Board
        fields = ["title", *ONCE, "palette", "cooldown", *LATER]
        help_texts = {"slug": "Its address is /b/ and this. It stays."}

    def clean_palette(self) -> Any:
        value = self.cleaned_data["palette"]
        if not isinstance(value, list):
            raise ValidationError('A palette is a list: [{"name": "white", "hex": "#FFFFFF"}, …].')
        try:
            palette = check_palette(value)
        except InvalidPalette as error:
            raise ValidationError(str(error)) from error
        if self.instance.pk:
            boards.check_colors_stay(self.instance.pk, palette)
        return as_json(palette)


@admin.register(Board)
class BoardAdmin(ModelAdmin):
    """Never deletes: the log belongs to the board. Who wants it gone closes it; who wants it blank resets it."""

    form = BoardForm
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_display = ("title", "slug", "state_now", "size", "seq", "cooldown", "places", "colors_small")
    list_filter = ("state",)
    search_fields = ("slug", "title")
    ordering = ("slug",)
    actions = ("reset_to_blank",)
    save_on_top = True

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = (None, {"fields": ["title", "slug", ("width", "height")]})
        rules = (
            "When and how often",
            {
                "fields": ["state", "cooldown", "opens_at", "closes_at"],
                "description": "Open pages learn of a change at once. A board is not deleted: close it here, or "
                "reset it to blank with the action above the list.",
            },
        )
        if obj is None:
            return (about, rules, ("Palette", {"fields": ["palette"]}))
        return (
            (None, {"fields": ["title", "slug", "size", "links"]}),
            rules,
            ("Palette", {"fields": ["colors", "palette"]}),
            ("Log", {"fields": ["seq", "revision", "painted_on", "created_at"]}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return ("slug", "size", "links", "colors", "seq", "revision", "painted_on", "created_at")

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {"slug": ["title"]} if obj is None else {}

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        return {"width": 1000, "height": 1000, **super().get_changeform_initial_data(request)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Board, form: Any, change: bool) -> None:
        """Only what changed: a setting that somebody else changed since this page was opened stays theirs."""
        data = form.cleaned_data
        if change:
            if form.changed_data:
                boards.change(obj, **{name: data[name] for name in form.changed_data})
            return
        board = boards.create(
            slug=data["slug"],
            width=data["width"],
            height=data["height"],
            title=data["title"],
            palette=check_palette(data["palette"]),
            cooldown=data["cooldown"],
        )
        later = {name: data[name] for name in LATER if name in form.changed_data}
        if later:
            boards.change(board, **later)
        obj.pk = board.pk
        obj.refresh_from_db()

    @admin.action(description="Reset to blank…", permissions=["change"])
    def reset_to_blank(self, request: HttpRequest, queryset: QuerySet[Board]) -> HttpResponse | None:
        """Asks first. What was on the board stays in the archive, and its log too."""
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": "Reset to blank?",
                "opts": self.opts,
                "boards": queryset,
                "action_checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/canvas/board/reset_confirmation.html", context)
        for board in queryset:
            archive = boards.reset(board.slug)
            done = f"Reset to blank at seq {archive.seq}; what was there is kept in snapshot {archive.pk}."
            self.log_change(request, board, done)
            self.message_user(request, f"{board}: {done}", messages.SUCCESS)
        return None

    @admin.display(description="state", ordering="state")
    def state_now(self, board: Board) -> str:
        """What holds now, and what is set where that differs: outside its opening times a board is closed."""
        try:
            now = BoardState(board.info().state_at(timezone.now()))
        except (InvalidPalette, TypeError):
            return "Broken palette"
        short = now.label.partition(":")[0]
        return short if now == board.state else f"{short}, by its times"

    @admin.display(description="size")
    def size(self, board: Board) -> str:
        return f"{board.width}\u00a0×\u00a0{board.height}"

    @admin.display(description="colours")
    def colors(self, board: Board) -> SafeString:
        return swatches(palette_of(board))

    @admin.display(description="colours")
    def colors_small(self, board: Board) -> SafeString:
        return swatches(palette_of(board), size=8)

    @admin.display(description="painted on")
    def painted_on(self, board: Board) -> SafeString | str:
        """The baseline by its id: the row has the cells too, megabytes of them."""
        if board.baseline_id is None:
            return "A blank board, at seq 0"
        address = reverse("admin:canvas_snapshot_change", args=[board.baseline_id])
        return format_html('<a href="{}">snapshot {}</a>', address, board.baseline_id)

    @admin.display(description="see")
    def places(self, board: Board) -> SafeString:
        return format_html(
            '<span class="nowrap"><a href="{}">page</a> · <a href="/b/{}.png">picture</a></span>',
            board.get_absolute_url(),
            board.slug,
        )

    @admin.display(description="see")
    def links(self, board: Board) -> SafeString:
        log = by_board("update", board, "updates"), by_board("pixel", board, "pixels")
        return format_html("{} · {} · {} · {}", self.places(board), *log, by_board("snapshot", board, "snapshots"))
