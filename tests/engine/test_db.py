"""Questions from the event loop: answered in threads whose connections are kept, lost and made anew."""

import asyncio
import threading

import pytest
from django.db import IntegrityError, OperationalError, connection

from canvas.engine import db
from canvas.engine.gather import MAX_AT_ONCE, Gatherer
from canvas.models import Player

pytestmark = pytest.mark.django_db(transaction=True)


async def in_every_thread(work):
    """Once in each of the threads: none of them takes a second one while the others have not had theirs."""
    barrier = threading.Barrier(db.THREADS, timeout=30)

    def call():
        result = work()
        barrier.wait()
        return result

    return await asyncio.gather(*[db.run(call) for _ in range(db.THREADS)])


async def test_the_answer_comes_from_another_thread():
    assert await db.run(threading.get_ident) != threading.get_ident()
    assert await db.run(lambda a, *, b: (a, b), 1, b=2) == (1, 2)
    assert await db.run(Player.objects.count) == 0


async def test_errors_come_through_and_are_not_repeated():
    calls = []

    def work():
        calls.append(1)
        raise IntegrityError("no")

    with pytest.raises(IntegrityError):
        await db.run(work)
    assert len(calls) == 1


async def test_a_connection_that_was_lost_while_it_was_kept_is_replaced():
    calls = []

    def work():
        calls.append(connection.connection)
        if len(calls) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        return Player.objects.count()

    await in_every_thread(lambda: connection.ensure_connection())
    assert await db.run(work) == 0
    assert len(calls) == 2
    assert calls[1] is None  # a new one is made when it is needed


async def test_a_database_that_is_gone_is_not_asked_for_ever():
    await db.release()
    calls = []

    def work():
        calls.append(1)
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        await db.run(work)
    with pytest.raises(OperationalError):
        await db.run(work)
    assert len(calls) <= 4


async def test_releasing_leaves_no_thread_connected():
    await in_every_thread(lambda: connection.ensure_connection())
    await db.release()

    assert await in_every_thread(lambda: connection.connection) == [None] * db.THREADS


# Many questions at once


async def test_what_is_asked_while_a_query_runs_goes_out_together():
    batches, open_ = [], threading.Event()

    def answer(questions):
        batches.append(list(questions))
        assert open_.wait(30)
        return [question * 10 for question in questions]

    gatherer = Gatherer(answer)
    first = asyncio.create_task(gatherer.ask(0))
    while not batches:
        await asyncio.sleep(0)
    others = [asyncio.create_task(gatherer.ask(i)) for i in range(1, 10)]
    await asyncio.sleep(0)
    open_.set()

    assert await asyncio.gather(first, *others) == [i * 10 for i in range(10)]
    assert batches == [[0], list(range(1, 10))]


async def test_no_query_is_larger_than_it_should_be():
    sizes = []

    def answer(questions):
        sizes.append(len(questions))
        return questions

    gatherer = Gatherer(answer)
    asked = [asyncio.create_task(gatherer.ask(i)) for i in range(MAX_AT_ONCE * 2 + 1)]

    assert await asyncio.gather(*asked) == list(range(MAX_AT_ONCE * 2 + 1))
    assert max(sizes) <= MAX_AT_ONCE


async def test_an_error_comes_to_all_who_asked_and_the_next_are_answered():
    errors = [OperationalError("gone"), OperationalError("gone")]

    def answer(questions):
        if errors:
            raise errors.pop()
        return questions

    gatherer = Gatherer(answer)
    results = await asyncio.gather(*[gatherer.ask(i) for i in range(3)], return_exceptions=True)
    # On a connection that was kept the question was put twice; without one, once.
    errors.clear()

    assert {type(result) for result in results} <= {OperationalError, int}
    assert await gatherer.ask(7) == 7


async def test_who_goes_does_not_disturb_who_waits():
    open_ = threading.Event()

    def answer(questions):
        assert open_.wait(30)
        return questions

    gatherer = Gatherer(answer)
    gone, here = asyncio.create_task(gatherer.ask(1)), asyncio.create_task(gatherer.ask(2))
    await asyncio.sleep(0)
    gone.cancel()
    open_.set()

    assert await here == 2
    assert gone.cancelled() or gone.cancelling()
