"""Alive, and able to serve: for load balancers and people."""

from __future__ import annotations

import asyncio

from channels.layers import get_channel_layer
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from canvas.actions import site
from canvas.engine import db

PATIENCE = 2.0


@require_safe
async def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
async def readyz(request: HttpRequest) -> HttpResponse:
    """The database and the channel layer answer too; 503 and which one does not, otherwise."""
    checks = {"database": await _works(db.run(_ask_database)), "channel_layer": await _works(_ask_layer())}
    ready = all(checks.values())
    body = {"status": "ok" if ready else "unavailable"} | {
        name: "ok" if fine else "unavailable" for name, fine in checks.items()
    }
    return JsonResponse(body, status=200 if ready else 503)


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """This process's figures in Prometheus' text format."""
    site.hub()  # the gauges ask it
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def _ask_layer() -> None:
    await get_channel_layer().group_send("readiness", {"type": "nobody.listens"})


async def _works(work: object) -> bool:
    try:
        await asyncio.wait_for(work, PATIENCE)  # type: ignore[arg-type]  # either kind of awaitable
    except Exception:
        return False
    return True
