"""`serve`: the site in production form."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Serve the site. Put a proxy with TLS in front of it for the public."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (%(default)s)")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        # Imported here: it installs Twisted's reactor, which no other command needs.
        from daphne.endpoints import build_endpoint_description_strings

        from placesite.asgi import application
        from placesite.server import Server

        if not 0 <= port <= 65_535:
            raise CommandError(f"A port is from 0 to 65535, not {port}.")
        server = Server(
            application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            on_listening=self.say_where,
            server_name="placesite",
            verbosity=0,
        )
        server.run()
        if server.failed:
            raise CommandError(f"Cannot listen on {host}:{port}: {server.failed} Choose another with --port.")
        self.stdout.write("Stopped; every acknowledged pixel is stored.")

    def say_where(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(self.style.SUCCESS(f"placesite is on http://{shown}:{port} — stop it with Ctrl+C."))
        self.stdout.flush()
