"""Fixtures for all tests. Tests run on SQLite in a file unless DATABASE_URL names another database."""

import asyncio
import os
import secrets

import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from canvas.actions import boards, players, site
from canvas.engine import db, ledger
from canvas.rules.palettes import REDDIT_2017
from tests.servers import Site

# A machine that is busy with something else is no failure.
hypothesis_settings.register_profile("placesite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("placesite")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory):
    """Threads of the engine need a database they can share: a file, where SQLite would take memory.

    Its name is this run's own, so that two runs at the same time do not empty each other's tables.
    """
    for database in settings.DATABASES.values():
        if database["ENGINE"].endswith("sqlite3"):
            name = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        else:
            name = f"test_{database['NAME']}_{os.getpid()}"
        database.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """PostgreSQL drops no database that somebody is connected to: the engine's threads let go of theirs first."""
    yield
    asyncio.run(db.release())


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    """Pages in tests name static files without collectstatic having run."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _no_copies_of_rolled_back_boards():
    """A test that ends by a rollback gives its boards' ids to the next one, and this thread remembers boards by id."""
    yield
    ledger._copies.by_board.clear()


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """Django's own hasher takes a third of a second on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def board(db):
    """A small board: 8×6, the colours of 2017, 300 s."""
    return boards.create(slug="small", width=8, height=6, palette=REDDIT_2017)


@pytest.fixture
def player(db):
    return players.create_anonymous(address="192.0.2.1")[0]


@pytest.fixture
async def hub(transactional_db):
    """The process's engine, ended in an orderly way after the test."""
    yield site.hub()
    await site.close()


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
