"""Socket addresses."""

from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path

from canvas.web.consumer import BoardConsumer


async def nothing_here(scope: dict[str, Any], receive: Any, send: Any) -> Any:
    """Any other address: turned away with HTTP 403, where the router alone would log an error for each."""
    await receive()
    await send({"type": "websocket.close"})


# Django's path() is typed for views; Channels puts ASGI applications in their place.
_elsewhere: Any = nothing_here
sockets = URLRouter([path("ws/<str:slug>/", BoardConsumer.as_asgi()), re_path(r"", _elsewhere)])
