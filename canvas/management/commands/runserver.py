"""`runserver`, for development: Daphne's, with the server that production has."""

from __future__ import annotations

from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand


class Command(DaphneCommand):  # type: ignore[misc]  # daphne has no types
    """Reloads on changes and serves static files as they lie in `static/`."""

    @property
    def server_cls(self) -> Any:
        from placesite.server import Server

        return Server
