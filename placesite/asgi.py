"""The ASGI application: sockets, snapshots and static files to what is made for them, everything else to Django."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "placesite.settings")

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

pages = get_asgi_application()  # sets Django up; what needs models is imported below

from canvas.web.routing import sockets  # noqa: E402
from canvas.web.snapshot import ADDRESS, snapshot  # noqa: E402
from placesite.static import static_files  # noqa: E402

files = static_files()


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Which of the three answers a request."""
    if scope["path"].startswith(settings.STATIC_URL):
        await files(scope, receive, send)
    elif ADDRESS.fullmatch(scope["path"]):
        await snapshot(scope, receive, send)
    else:
        await pages(scope, receive, send)


application = ProtocolTypeRouter({"http": http, "websocket": sockets})
