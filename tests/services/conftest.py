"""Real servers on real PostgreSQL and Redis. Missing ones fail with CI=true, and are skipped loudly elsewhere."""

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

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def missing(what: str, error: Exception) -> None:
    sentence = f"{what} is not here, so its tests did not run: {error}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    print(f"\n*** {sentence}", file=sys.__stderr__)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def postgres_url():
    """A database of our own, dropped afterwards."""
    name = f"placesite_test_{secrets.token_hex(4)}"
    try:
        connection = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        missing("PostgreSQL", error)
    with connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    yield re.sub(r"/[^/]*$", f"/{name}", POSTGRES)
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def redis_url():
    try:
        with redis.Redis.from_url(REDIS, socket_connect_timeout=3) as client:
            client.ping()
    except redis.RedisError as error:
        missing("Redis", error)
    return REDIS


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
        self.manage(
            "create_board", slug, "--width", str(width), "--height", str(height), "--cooldown", str(cooldown)
        )
        return slug

    def start(self, port: int = 0, **settings: str) -> Server:
        server = Server(self, port, settings)
        self.servers.append(server)
        return server

    def stop(self) -> None:
        for server in self.servers:
            server.kill()


class Server:
    """One `serve` process. `base` is its address once it listens."""

    def __init__(self, site: Site, port: int, settings: dict[str, str]) -> None:
        self.log: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
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


@pytest.fixture(scope="session")
def _migrated(postgres_url):
    Site(postgres_url).manage("migrate", "--verbosity", "0")
    return postgres_url


@pytest.fixture
def site(_migrated, redis_url):
    """PostgreSQL and Redis; no server yet."""
    made = Site(_migrated, redis_url)
    yield made
    made.stop()


@pytest.fixture
def slug() -> str:
    """A board name that no other test uses."""
    return f"b{secrets.token_hex(5)}"


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory):
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    Site(f"sqlite:///{path}").manage("migrate", "--verbosity", "0")
    return path


@pytest.fixture
def small_site(_sqlite_template, tmp_path):
    """What `make run` has: SQLite and memory."""
    path = tmp_path / "site.sqlite3"
    path.write_bytes(_sqlite_template.read_bytes())
    made = Site(f"sqlite:///{path}")
    yield made
    made.stop()
