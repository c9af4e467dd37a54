"""Server processes, to read: which of them serve, and how many sockets each."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone

from canvas.admin.lists import EndedFilter, ReadOnlyAdmin
from canvas.engine.presence import STALE_AFTER
from canvas.models import ServerProcess


class StoppedFilter(EndedFilter):
    ended_at = "stopped_at"


@admin.register(ServerProcess)
class ServerProcessAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "state", "sockets", "started_at", "heartbeat_at", "stopped_at")
    list_filter = (StoppedFilter,)
    ordering = ("-heartbeat_at",)
    fields = ("id", "host", "pid", "state", "sockets", "started_at", "heartbeat_at", "stopped_at")

    @admin.display(description="state")
    def state(self, process: ServerProcess) -> str:
        if process.stopped_at is not None:
            return "stopped"
        return "silent" if process.heartbeat_at < timezone.now() - STALE_AFTER else "running"

    @admin.display(description="sockets")
    def sockets(self, process: ServerProcess) -> int:
        """On all boards, as of the last heartbeat."""
        return sum(process.online.values())
