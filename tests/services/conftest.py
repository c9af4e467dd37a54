"""Real servers on real PostgreSQL and Redis: those that run here, or, where none runs, of the tests' own."""

from __future__ import annotations

import os
import re
import secrets

import psycopg
import pytest
import redis

from tests.needs import PostgresServer, RedisServer
from tests.servers import Site

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


@pytest.fixture(scope="session")
def postgres_server():
    """The address of a PostgreSQL."""
    try:
        psycopg.connect(POSTGRES, connect_timeout=5).close()
    except psycopg.OperationalError:
        server = PostgresServer()
        yield server.url
        server.close()
    else:
        yield POSTGRES


@pytest.fixture(scope="session")
def postgres_url(postgres_server):
    """A database of our own, dropped afterwards."""
    name = f"placesite_test_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield re.sub(r"/[^/]*$", f"/{name}", postgres_server)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """The address of a Redis."""
    try:
        with redis.Redis.from_url(REDIS, socket_connect_timeout=3) as client:
            client.ping()
    except redis.RedisError:
        server = RedisServer(tmp_path_factory.mktemp("redis"))
        yield server.url
        server.stop()
    else:
        yield REDIS


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


@pytest.fixture(scope="session")
def _own_postgres():
    server = PostgresServer()
    Site(server.url).manage("migrate", "--verbosity", "0")
    yield server
    server.close()


@pytest.fixture
def own_postgres(_own_postgres):
    """A PostgreSQL that a test may stop; it runs again afterwards."""
    yield _own_postgres
    try:
        _own_postgres.connect().close()
    except psycopg.OperationalError:
        _own_postgres.start()


@pytest.fixture
def own_redis(tmp_path):
    """A Redis that a test may stop."""
    server = RedisServer(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def fragile_site(own_postgres, own_redis):
    """PostgreSQL and Redis that may be stopped; no server yet."""
    made = Site(own_postgres.url, own_redis.url)
    yield made
    made.stop()
