"""Static files: a hash in every name, ES modules included, so that browsers may keep them for ever."""

from __future__ import annotations

import re
from typing import Any

from asgiref.wsgi import WsgiToAsgi
from django.conf import settings
from whitenoise import WhiteNoise
from whitenoise.storage import CompressedManifestStaticFilesStorage

HASHED = re.compile(r"^.+\.[0-9a-f]{12}\.[^/]+$")
"""A file name with the storage's hash of its content."""


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, with `import` and `export … from` rewritten to the hashed names too."""

    support_js_module_import_aggregation = True
    # A page before collectstatic gets the plain name, not a server error.
    manifest_strict = False


def with_static_files(application: Any) -> Any:
    """The ASGI application with the collected files below STATIC_URL in front of it.

    As a middleware WhiteNoise would make every request wait in Django's one thread for synchronous code; here only
    static files see it.
    """
    prefix = settings.STATIC_URL
    files = WsgiToAsgi(
        WhiteNoise(
            _nothing_here,
            root=settings.STATIC_ROOT if settings.STATIC_ROOT.is_dir() else None,
            prefix=prefix,
            max_age=60,
            allow_all_origins=False,
            immutable_file_test=lambda path, url: bool(HASHED.match(url)),
        )
    )

    async def route(scope: dict[str, Any], receive: Any, send: Any) -> None:
        chosen = files if scope["type"] == "http" and scope["path"].startswith(prefix) else application
        await chosen(scope, receive, send)

    return route


def _nothing_here(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
    return [b"There is no such static file. After an update, run `manage.py collectstatic`.\n"]
