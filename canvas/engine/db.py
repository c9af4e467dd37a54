"""Database work for the event loop, in a few threads of its own, each with a connection that it keeps.

Django's views share one thread; a feed that waited its turn there would stand still behind a slow page. And Django
closes connections after each request: opening SQLite anew costs three times the query that finds a player.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

LOST = (OperationalError, InterfaceError, InternalError)
"""The connection, not what was asked of it, is at fault: worth another try on a new one. PostgreSQL's internal error is
what a process hears that stood still in the middle of a transaction."""

THREADS = 4
_threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="engine-db")


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's result, from a thread that may use the ORM. Its errors come through.

    On a connection that was kept and turns out to be lost, the function is called once more on a new one; it must
    bear that, as reading does, and writing under a unique key.
    """

    def call() -> T:
        kept = connection.connection is not None
        try:
            return function(*args, **kwargs)
        except LOST:
            drop_connection()
            if not kept:
                raise
        try:
            return function(*args, **kwargs)
        except LOST:
            drop_connection()
            raise

    return await asyncio.get_running_loop().run_in_executor(_threads, call)


def drop_connection() -> None:
    """Close this thread's connection; a new one is opened with the next query."""
    try:
        connection.close()
    except DatabaseError:
        connection.connection = None  # a broken connection may fail even to close


def take_time() -> None:
    """Let the current transaction stand idle for as long as it likes: its process is to work on what it has read.

    PostgreSQL ends others after seconds, so that a process that stands still holds no lock (placesite/settings.py).
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


async def release() -> None:
    """Close the connections that the threads keep."""
    # At the barrier each thread waits for the others, so none of them takes two of these calls.
    barrier = threading.Barrier(THREADS, timeout=10)

    def call() -> None:
        drop_connection()
        barrier.wait()

    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(_threads, call) for _ in range(THREADS)))
