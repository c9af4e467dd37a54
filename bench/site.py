"""A site of the bench's own: a scratch database, an empty board, players with cookies; all dropped in the end."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from tests.servers import ROOT, Site

POSTGRES = os.environ.get("BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/0")


class Missing(Exception):
    """A service that a bench cannot do without does not answer."""


def postgres() -> bool:
    """Whether PostgreSQL answers."""
    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers() -> bool:
    try:
        with redis.Redis.from_url(REDIS, socket_connect_timeout=3) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def need(*, database: bool = True, layer: bool = False) -> None:
    """Raises Missing with what to do."""
    if database and not postgres():
        raise Missing(f"PostgreSQL does not answer at {POSTGRES}; start it or set BENCH_POSTGRES")
    if layer and not redis_answers():
        raise Missing(f"Redis does not answer at {REDIS}; start it or set BENCH_REDIS")


@contextlib.contextmanager
def scratch_database() -> Iterator[str]:
    """The URL of a new PostgreSQL database."""
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def site(*, layer: bool = False, side: int = 1000, **settings: str) -> Iterator[Site]:
    """A site on PostgreSQL with the board `main`, without cooldown; on Redis too with `layer`."""
    need(layer=layer)
    # Of the machine's own settings none may count: they would change what is measured.
    for name in ("TICK_MS", "BATCH_SIZE", "QUEUE_SIZE", "MAX_SOCKETS", "DEBUG", "PUBLIC_URL", "TRUSTED_PROXIES"):
        os.environ.pop(name, None)
    with scratch_database() as database:
        made = Site(database, REDIS if layer else "", LOG_LEVEL="WARNING", **settings)
        made.manage("migrate", "--verbosity", "0")
        made.board("main", width=side, height=side, cooldown=0)
        try:
            yield made
        finally:
            made.stop()


@contextlib.contextmanager
def cookies(made: Site, count: int) -> Iterator[str]:
    """A file with the cookies of so many new players."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cookies"
        helper(made, "bench.players", str(count), str(path))
        yield str(path)


def helper(made: Site, module: str, *arguments: str) -> str:
    """What a module of the bench prints that runs with the site's own settings."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**made.env, "DJANGO_SETTINGS_MODULE": "placesite.settings"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-2000:]}")
    return done.stdout
