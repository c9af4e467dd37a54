"""Who asks: the origin of a request, the address behind our proxies, the player of a cookie.

A request from a browser carries the origin of the page that made it. One of another site is turned away: a player's
cookie must not act for somebody else's page. Programs that are no browsers send no origin, and no foreign page can
make them.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host


def allowed(origin: str | None, host: str | None) -> bool:
    """Whether a request with these two headers may act with a cookie."""
    name, _ = split_domain_port(host or "")
    if not name or not validate_host(name, settings.ALLOWED_HOSTS):
        return False
    if origin is None:
        return True
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and _with_port(parts.netloc, parts.scheme) == _with_port(
        (host or "").lower(), parts.scheme
    )


def allowed_request(request: HttpRequest) -> bool:
    """The same for a write over HTTP; what the browser itself says of the site it comes from counts too."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return request.headers.get("Origin") in settings.CSRF_TRUSTED_ORIGINS
    return allowed(request.headers.get("Origin"), request.headers.get("Host"))


def _with_port(netloc: str, scheme: str) -> str:
    if netloc.rpartition(":")[2].isdigit() and not netloc.endswith("]"):
        return netloc.lower()
    return f"{netloc.lower()}:{443 if scheme == 'https' else 80}"


def address(peer: str | None, forwarded_for: str | None) -> str | None:
    """The client's address: the peer's, or behind N trusted proxies the N-th from the right of X-Forwarded-For.

    What stands further left was written by the client and is not believed.
    """
    if not settings.TRUSTED_PROXIES or not forwarded_for:
        return peer
    entries = [entry.strip() for entry in forwarded_for.split(",")]
    return entries[-min(settings.TRUSTED_PROXIES, len(entries))] or peer


def request_address(request: HttpRequest) -> str | None:
    return address(request.META.get("REMOTE_ADDR"), request.headers.get("X-Forwarded-For"))


def scope_headers(headers: list[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """An ASGI scope's headers by lower-case name; the last of several wins, but cookies are put together."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin1").lower(), raw_value.decode("latin1")
        found[name] = f"{found[name]}; {value}" if name == "cookie" and name in found else value
    return found
