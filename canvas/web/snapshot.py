"""`GET /b/<slug>/snapshot`, as an ASGI application of its own.

Every page asks for it first, and all of them at once when a server comes back. Through Django's middleware, made for
pages with sessions and forms, an answer that lies ready costs 2.5 ms of CPU; here a fraction of that.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import DatabaseError
from django.utils.http import parse_etags

from canvas.actions import pictures, site
from canvas.web import origin

ADDRESS = re.compile(r"/b/(?P<slug>[-a-zA-Z0-9_]+)/snapshot")
CACHING = b"public, max-age=1, stale-while-revalidate=10"
# What Django's middleware would have added and bytes can need.
COMMON = [(b"X-Content-Type-Options", b"nosniff"), (b"Cross-Origin-Resource-Policy", b"same-origin")]


async def snapshot(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The board's cells, compressed as the client likes; 304 when it has them."""
    found = ADDRESS.fullmatch(scope["path"])
    assert found is not None
    headers = origin.scope_headers(scope["headers"])
    if scope["method"] not in ("GET", "HEAD"):
        await _say(send, 405, "A snapshot can be fetched, nothing else.", [(b"Allow", b"GET, HEAD")])
        return
    if not origin.allowed(None, headers.get("host")):
        await _say(send, 400, "This site does not answer to that name; see ALLOWED_HOSTS.")
        return
    try:
        feed = await site.hub().feed(found["slug"])
    except DatabaseError:
        await _say(send, 503, "The database does not answer; try again in a few seconds.", [(b"Retry-After", b"5")])
        return
    if feed is None:
        await _say(send, 404, f"There is no board “{found['slug']}”.")
        return
    encoding = accepted(headers.get("accept-encoding", ""))
    # The body differs by encoding, and so must a strong ETag.
    known = parse_etags(headers.get("if-none-match", ""))
    if matches(known, f'"{feed.info.revision}-{feed.seq}-{encoding}"'):
        await _send(send, 304, _headers(f'"{feed.info.revision}-{feed.seq}-{encoding}"'), b"")
        return
    picture = await pictures.snapshot(feed, encoding)
    answer = _headers(f'"{picture.revision}-{picture.seq}-{encoding}"')
    answer += [(b"Content-Type", b"application/octet-stream"), (b"Content-Length", b"%d" % len(picture.data))]
    if encoding != "identity":
        answer.append((b"Content-Encoding", encoding.encode()))
    await _send(send, 200, answer, b"" if scope["method"] == "HEAD" else picture.data)


def accepted(header: str) -> str:
    """The best of our encodings that an Accept-Encoding header allows; `identity` when none."""
    weights: dict[str, str] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = parameter.replace(" ", "")
    for encoding in pictures.ENCODERS:
        if weights.get(encoding, weights.get("*", "q=0")) not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            return encoding
    return "identity"


def matches(known: list[str], etag: str) -> bool:
    """RFC 9110 section 13.1.2, weak comparison: proxies that compress weaken the ETags they pass on."""
    return "*" in known or etag in [tag.removeprefix("W/") for tag in known]


def _headers(etag: str) -> list[tuple[bytes, bytes]]:
    return [*COMMON, (b"ETag", etag.encode()), (b"Cache-Control", CACHING), (b"Vary", b"Accept-Encoding")]


async def _say(send: Any, status: int, text: str, more: list[tuple[bytes, bytes]] | None = None) -> None:
    await _send(send, status, [*COMMON, (b"Content-Type", b"text/plain; charset=utf-8"), *(more or [])], text.encode())


async def _send(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
