"""Real servers for tests: `serve` in processes of its own, on a database that the test gives it."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Site:
    """A database and a channel layer, and the servers that were started on them."""

    def __init__(self, database_url: str, redis_url: str = "", **settings: str) -> None:
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE",)},
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "REDIS_PREFIX": f"test{secrets.token_hex(4)}",
            "SECRET_KEY": "not a secret: tests only" * 3,
            "PYTHONUNBUFFERED": "1",
            **settings,
        }
        self.servers: list[Server] = []

    def manage(self, *arguments: str, check: bool = True, **options) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            check=check,
            capture_output=True,
            text=True,
            timeout=300,
            **options,
        )

    def board(self, slug: str, *, width: int = 100, height: int = 100, cooldown: int = 300) -> str:
        self.manage("create_board", slug, "--width", str(width), "--height", str(height), "--cooldown", str(cooldown))
        return slug

    def start(self, port: int = 0, *, workers: int = 1, **settings: str) -> Server:
        server = Server(self, port, workers, settings)
        self.servers.append(server)
        return server

    def stop(self) -> None:
        for server in self.servers:
            server.kill()


class Server:
    """One `serve` process. `base` is its address once it listens."""

    def __init__(self, site: Site, port: int, workers: int, settings: dict[str, str]) -> None:
        self.log: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port), "--workers", str(workers)],
            cwd=ROOT,
            env={**site.env, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        for line in self.process.stdout:
            self.log.append(line)
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise RuntimeError(f"the server did not start:\n{''.join(self.log)}")
        self.base = f"http://127.0.0.1:{self.port}"
        self.reader = threading.Thread(target=self._keep_reading, daemon=True)
        self.reader.start()

    def _keep_reading(self) -> None:
        with contextlib.suppress(ValueError):
            self.log.extend(self.process.stdout)

    def signal(self, number: int) -> None:
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """kill -9."""
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait(10)
        self.reader.join(5)
        self.process.stdout.close()

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.process.terminate()
        code = self.process.wait(20)
        self.reader.join(5)
        return code
