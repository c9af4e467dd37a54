"""The answer to a socket at an address that has none."""

from typing import Any


async def nothing_here(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Turned away with HTTP 403, where the router alone would log an error per stray request."""
    await receive()
    await send({"type": "websocket.close"})
