"""Snapshots, to look at."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from canvas.admin.lists import ReadOnlyAdmin
from canvas.admin.pictures import picture
from canvas.models import Snapshot


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """The cells themselves, megabytes of them, are read for the picture of one, never for the list."""

    list_display = ("__str__", "board", "purpose", "seq", "revision", "size", "created_at")
    related = ("board",)
    list_filter = ("board", "kind")
    ordering = ("board_id", "-seq", "-id")
    fields = ("board", "kind", "seq", "revision", "size", "checksum", "created_at", "picture")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return super().get_queryset(request).defer("data")

    @admin.display(description="kind")
    def purpose(self, snapshot: Snapshot) -> str:
        return snapshot.get_kind_display().partition(":")[0]

    @admin.display(description="size")
    def size(self, snapshot: Snapshot) -> str:
        return f"{snapshot.width} × {snapshot.height}"

    @admin.display(description="picture")
    def picture(self, snapshot: Snapshot) -> SafeString:
        return picture(snapshot)
