"""Static files: a hash in every name, ES modules included, so that browsers may keep them for ever."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from whitenoise import WhiteNoise
from whitenoise.storage import CompressedManifestStaticFilesStorage

HASHED = re.compile(r"^.+\.[0-9a-f]{12}\.[^/]+$")
"""A file name with the storage's hash of its content."""
NOT_FOUND = b"There is no such static file. After an update, run `manage.py collectstatic`.\n"

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, with `import` and `export … from` rewritten to the hashed names too."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """A page before collectstatic gets the plain name, not a server error."""
        try:
            stored: str = super().stored_name(name)
        except ValueError:  # Django's word for: not in the manifest, nor below STATIC_ROOT
            return name
        return stored


def static_files() -> Application:
    """An ASGI application for what lies below STATIC_URL, as it was collected when the process started.

    As a middleware WhiteNoise would make every request wait in Django's one thread for synchronous code; here only
    static files see it.
    """
    files = WhiteNoise(
        None,
        root=settings.STATIC_ROOT if settings.STATIC_ROOT.is_dir() else None,
        prefix=settings.STATIC_URL,
        max_age=60,
        allow_all_origins=False,
        immutable_file_test=lambda path, url: bool(HASHED.match(url)),
    ).files

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await _answer(files.get(scope["path"]), scope, send)

    return answer


async def _answer(file: Any, scope: dict[str, Any], send: Any) -> None:
    """One file, or not found. They are small, and were compressed when they were collected."""
    if file is None or scope["method"] not in ("GET", "HEAD"):
        status, headers, body = 404, [("Content-Type", "text/plain; charset=utf-8")], NOT_FOUND
    else:
        environ = {
            "HTTP_" + name.decode("latin1").upper().replace("-", "_"): value.decode("latin1")
            for name, value in scope["headers"]
        }
        status, headers, body = await asyncio.to_thread(_read, file, scope["method"], environ)
    raw_headers = [(name.encode("latin1"), value.encode("latin1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw_headers})
    await send({"type": "http.response.body", "body": body})


def _read(file: Any, method: str, environ: dict[str, str]) -> tuple[int, list[tuple[str, str]], bytes]:
    response = file.get_response(method, environ)
    if response.file is None:
        return response.status, response.headers, b""
    with response.file:
        return response.status, response.headers, response.file.read()
