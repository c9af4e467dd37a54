"""What some tests need from the machine: found running, found installed, installed with apt where that can be.

Missing all the same, it is a failure with CI=true and a loud skip elsewhere.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis


def missing(what: str, error: object) -> None:
    """Fail where everything must be here, skip with a loud line elsewhere."""
    sentence = f"{what} is not here, so its tests did not run: {error}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    print(f"\n*** {sentence}", file=sys.__stderr__, flush=True)
    pytest.skip(sentence)


@functools.cache
def apt(package: str) -> str:
    """Install a Debian package; an empty string, or why that cannot be."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return f"apt-get install {package} needs Debian and root"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", package]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
        if done.returncode:
            return f"{' '.join(command)}: {done.stderr.strip()[-300:]}"
    return ""


def program(names: list[str], package: str) -> str:
    """The path of the first of these programs that is here; the package is installed when none is."""
    for attempt in ("found", "installed"):
        for name in names:
            for path in [shutil.which(name), *sorted(glob.glob(name), reverse=True)]:
                if path:
                    return path
        if attempt == "found" and (why := apt(package)):
            missing(names[0], why)
    missing(names[0], f"the package {package} brought none")
    raise AssertionError


def chromium() -> str:
    return program(["chromium", "chromium-browser", "google-chrome"], "chromium")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class RedisServer:
    """A Redis of the test's own, to be stopped and started at will."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.program = program(["redis-server"], "redis-server")
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )
        with redis.Redis.from_url(self.url) as client:
            wait_until(client.ping)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class PostgresServer:
    """A PostgreSQL cluster of the test's own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.pg_ctl = program(["/usr/lib/postgresql/*/bin/pg_ctl", "pg_ctl"], "postgresql")
        # Not below pytest's own folder: every run of pytest takes that away from all other users again.
        folder = Path(tempfile.mkdtemp(prefix="placesite-postgres-"))
        self.folder, self.data, self.log = folder, folder / "data", folder / "log"
        # PostgreSQL does not run as root; the package has made a user for it.
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(folder, "postgres")
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._control("initdb", "-o", "-A trust -U postgres --no-sync")
        self.start()

    def start(self) -> None:
        self._control("start", "-w", "-l", str(self.log), "-o", f"-p {self.port} -h 127.0.0.1 -k ''")

    def restart(self) -> None:
        self._control("restart", "-m", "fast", "-w", "-l", str(self.log))

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def close(self) -> None:
        """Stop it, and remove what it left."""
        with contextlib.suppress(subprocess.CalledProcessError):  # a test has stopped it
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True)

    def _control(self, verb: str, *options: str) -> None:
        subprocess.run(
            [*self.as_user, self.pg_ctl, verb, "-D", str(self.data), *options],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            timeout=60,
        )


def wait_until(condition, seconds: float = 15) -> None:
    """Call until it is true and raises nothing."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
            error: object = "still not so"
        except Exception as raised:
            error = raised
        if time.monotonic() > deadline:
            raise TimeoutError(f"{condition} after {seconds} s: {error}")
        time.sleep(0.05)


def stop_process(pid: int) -> None:
    """Freeze: SIGSTOP."""
    os.kill(pid, signal.SIGSTOP)
