"""`serve`: the site in production form."""

from __future__ import annotations

import argparse
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from placesite import workers


class Command(BaseCommand):
    help = "Serve the site. Put a proxy with TLS in front of it for the public."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (%(default)s)")
        parser.add_argument("--workers", type=int, default=1, help="processes that share the port (%(default)s)")
        parser.add_argument("--fd", type=int, help="serve a listening socket that is open already, instead")

    def handle(self, *args: Any, host: str, port: int, workers: int, fd: int | None, **options: Any) -> None:
        if not 0 <= port <= 65_535:
            raise CommandError(f"A port is from 0 to 65535, not {port}.")
        if not 1 <= workers <= 256:
            raise CommandError(f"From 1 to 256 workers, not {workers}.")
        if fd is not None:
            self.serve(fd, parent=os.getppid())
        else:
            self.listen(host, port, workers)
            self.stdout.write("Stopped; every acknowledged pixel is stored.")

    def listen(self, host: str, port: int, count: int) -> None:
        if count > 1 and settings.CHANNEL_LAYERS["default"]["BACKEND"] == "channels.layers.InMemoryChannelLayer":
            raise CommandError("Several workers need Redis between them: set REDIS_URL, or leave out --workers.")
        workers.raise_file_limit(settings.MAX_SOCKETS, self.warn)
        workers.check_memory(settings.MAX_SOCKETS * count, self.warn)
        try:
            listening = workers.listen(host, port)
        except OSError as error:
            raise CommandError(f"Cannot listen on {host}:{port} ({error.strerror}). Choose another --port.") from error
        with listening:
            port = listening.getsockname()[1]
            shown = f"[{host.strip('[]')}]" if ":" in host else host
            say = f"placesite is on http://{shown}:{port} — stop it with Ctrl+C."
            if count == 1:
                self.serve(listening.fileno(), say)
            else:
                self.say(say)
                workers.Supervisor(workers.worker_command(), count=count, file_descriptor=listening.fileno()).run()

    def serve(self, file_descriptor: int, say: str = "", parent: int | None = None) -> None:
        """Serve in this process until SIGTERM or SIGINT, or until the parent process is gone."""
        # Imported here: it installs Twisted's reactor, which no other command needs.
        from daphne.endpoints import build_endpoint_description_strings

        from placesite.asgi import application
        from placesite.server import Server

        server = Server(
            application,
            endpoints=build_endpoint_description_strings(file_descriptor=file_descriptor),
            on_listening=lambda: self.say(say),
            parent=parent,
            server_name="placesite",
            verbosity=0,
        )
        server.run()
        if server.failed:
            raise CommandError(f"Cannot serve on file descriptor {file_descriptor}: {server.failed}")

    def say(self, text: str) -> None:
        if text:
            self.stdout.write(self.style.SUCCESS(text))
            self.stdout.flush()

    def warn(self, text: str) -> None:
        self.stderr.write(self.style.WARNING(text))
