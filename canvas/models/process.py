"""The server process: who serves, and whether it is still alive."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class ServerProcess(models.Model):
    """One running server. Its heartbeat carries how many sockets it has open on each board.

    A process that was killed cannot close its row; the others do, when the heartbeat is stale, and its connections
    with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    online = models.JSONField(default=dict, help_text="Open sockets by board id.")

    class Meta:
        verbose_name_plural = "server processes"
        indexes = [models.Index(fields=["heartbeat_at"], name="process_running", condition=Q(stopped_at=None))]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
