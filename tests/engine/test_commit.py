"""Group commit: many placements in few transactions, each answered, whatever happens to the others."""

import asyncio
import logging
import threading
from uuid import uuid4

import pytest
from django.db import InterfaceError, OperationalError

from canvas.actions import boards, placement, players
from canvas.engine import commit, db
from canvas.engine.commit import GroupCommit
from canvas.engine.ledger import Committed
from canvas.models import Board, Player, Update
from canvas.rules.placement import Placed, Placement
from canvas.rules.refusals import Code, Refusal
from tests.engine.helpers import until
from tests.rules.test_board import NOW


def ask(x=0, y=0, color=1, request_id=None):
    return Placement(request_id or uuid4(), x, y, color)


class Work:
    """A database that answers with a running number, can be held up, and fails when told to."""

    def __init__(self):
        self.batches = []
        self.errors = []
        self.open = threading.Event()
        self.open.set()
        self.begun = threading.Semaphore(0)
        self.seq = 0

    def __call__(self, board_id, requests):
        self.batches.append((board_id, [request.player_id for request in requests]))
        self.begun.release()
        assert self.open.wait(30)
        if self.errors:
            error = self.errors.pop(0)
            if error is not None:
                raise error
        first = self.seq + 1
        answers = []
        for request in requests:
            if request.placement.color == 255:
                raise ValueError("no such colour in the database")
            self.seq += 1
            answers.append(Placed(self.seq, request.placement.x, request.placement.y, request.placement.color, NOW))
        return answers, Committed(board_id, first, b"12345" * len(answers))

    async def is_busy(self):
        """Until a batch is being worked on."""
        assert await asyncio.to_thread(self.begun.acquire, timeout=30)


@pytest.fixture
async def work():
    work = Work()
    yield work
    work.open.set()


@pytest.fixture
async def lane(work, monkeypatch):
    """`lane(…)` makes a writer lane that is closed after the test; what it committed is in `lane.told`."""
    monkeypatch.setattr(commit, "RETRY_AFTER", 0.001)
    made = []

    def make(work=work, *, queue_size=100, batch_size=50):
        told = []
        made.append(
            GroupCommit(
                work,
                loop=asyncio.get_running_loop(),
                on_committed=told.append,
                queue_size=queue_size,
                batch_size=batch_size,
            )
        )
        make.told = told
        return made[-1]

    yield make
    work.open.set()
    for group in made:
        await asyncio.to_thread(group.close)


async def test_what_came_during_a_commit_goes_into_the_next_one_together(lane, work):
    group = lane()
    work.open.clear()
    first = group.submit(1, 100, ask())
    await work.is_busy()
    others = [group.submit(1, player, ask()) for player in range(10)]
    work.open.set()

    assert [(await answer).seq for answer in [first, *others]] == list(range(1, 12))
    assert work.batches == [(1, [100]), (1, list(range(10)))]
    await until(lambda: len(lane.told) == 2)
    assert [(told.first_seq, len(told.records) // 5) for told in lane.told] == [(1, 1), (2, 10)]


async def test_a_batch_has_a_largest_size(lane, work):
    group = lane(batch_size=4)
    work.open.clear()
    answers = [group.submit(1, 100, ask())]
    await work.is_busy()
    answers += [group.submit(1, player, ask()) for player in range(9)]
    work.open.set()
    await asyncio.gather(*answers)

    assert [len(batch) for _, batch in work.batches] == [1, 4, 4, 1]


async def test_each_board_has_its_own_transaction_and_keeps_its_order(lane, work):
    group = lane()
    work.open.clear()
    answers = [group.submit(9, 100, ask())]
    await work.is_busy()
    answers += [group.submit(2 - player % 2, player, ask()) for player in range(6)]
    work.open.set()
    await asyncio.gather(*answers)

    assert work.batches == [(9, [100]), (1, [1, 3, 5]), (2, [0, 2, 4])]


async def test_a_full_queue_is_told_at_once_and_with_a_wait(lane, work):
    group = lane(queue_size=3)
    work.open.clear()
    first = group.submit(1, 100, ask())
    await work.is_busy()
    queued = [group.submit(1, player, ask()) for player in range(3)]
    refused = group.submit(1, 101, ask())

    assert refused.done()
    assert (refused.result().code, refused.result().wait >= 0.1) == (Code.BUSY, True)
    assert not any(answer.done() for answer in queued)
    work.open.set()
    assert all(isinstance(answer, Placed) for answer in await asyncio.gather(first, *queued))
    assert isinstance(await group.submit(1, 101, ask()), Placed)


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
async def test_a_lost_connection_is_tried_again(lane, work, error):
    group = lane()
    work.errors = [error("gone"), error("gone")]

    assert await group.submit(1, 1, ask()) == Placed(1, 0, 0, 1, NOW)
    assert len(work.batches) == 3


async def test_an_outage_is_answered_busy_and_the_lane_goes_on(lane, work, caplog):
    group = lane()
    work.errors = [OperationalError("gone")] * commit.TRIES

    answer = await group.submit(1, 1, ask())

    assert (answer.code, answer.wait) == (Code.BUSY, 2.0)
    assert "The database cannot be reached" in caplog.text
    assert isinstance(await group.submit(1, 1, ask()), Placed)


async def test_a_bad_request_does_not_spoil_its_neighbours(lane, work, caplog):
    caplog.set_level(logging.CRITICAL, "canvas.engine.commit")
    group = lane()
    work.open.clear()
    first = group.submit(1, 100, ask())
    await work.is_busy()
    answers = [group.submit(1, player, ask(color=255 if player == 2 else 1)) for player in range(5)]
    work.open.set()
    answers = await asyncio.gather(first, *answers)

    assert [isinstance(answer, Placed) for answer in answers] == [True, True, True, False, True, True]
    assert answers[3].code is Code.BUSY


async def test_who_no_longer_waits_does_not_disturb_who_does(lane, work):
    group = lane()
    work.open.clear()
    first = group.submit(1, 100, ask())
    await work.is_busy()
    gone, here = group.submit(1, 1, ask()), group.submit(1, 2, ask())
    gone.cancel()
    work.open.set()
    await first

    assert (await here).seq == 3


async def test_answers_come_before_the_news_of_the_commit(work):
    order = []
    group = GroupCommit(
        work,
        loop=asyncio.get_running_loop(),
        on_committed=lambda committed: order.append(("committed", answer.done())),
        queue_size=5,
        batch_size=5,
    )
    answer = group.submit(1, 1, ask())
    await answer
    await until(lambda: order)
    await asyncio.to_thread(group.close)

    assert order == [("committed", True)]


async def test_closing_finishes_what_is_queued_and_takes_nothing_new(lane, work):
    group = lane(batch_size=2)
    work.open.clear()
    answers = [group.submit(1, 100, ask())]
    await work.is_busy()
    answers += [group.submit(1, player, ask()) for player in range(7)]
    closing = asyncio.create_task(asyncio.to_thread(group.close))
    await until(lambda: group._closing)

    assert group.submit(1, 101, ask()).result().code is Code.BUSY
    work.open.set()
    await closing
    assert [answer.seq for answer in await asyncio.gather(*answers)] == list(range(1, 9))
    assert not group._thread.is_alive()


async def test_closing_does_not_wait_for_ever(lane, work):
    group = lane()
    work.open.clear()
    group.submit(1, 1, ask())
    await work.is_busy()

    await asyncio.to_thread(group.close, 0.01)

    assert group._thread.is_alive()


def test_a_loop_that_closed_first_is_survived(caplog):
    work = Work()
    work.open.clear()
    loop = asyncio.new_event_loop()
    group = GroupCommit(work, loop=loop, on_committed=lambda committed: None, queue_size=5, batch_size=5)
    group.submit(1, 1, ask())
    assert work.begun.acquire(timeout=30)
    loop.close()
    work.open.set()
    group.close()

    assert not group._thread.is_alive()
    assert "could be answered" in caplog.text


# With the real transaction


async def some_players(count):
    return [(await db.run(players.create_anonymous, address=None))[0].pk for _ in range(count)]


async def make_board(**settings):
    given = {"slug": "small", "width": 8, "height": 6, **settings}
    return (await db.run(lambda: boards.create(**given))).pk


@pytest.mark.django_db(transaction=True)
async def test_a_commit_whose_answer_was_lost_is_answered_as_it_was(lane):
    """The transaction is durable, but the connection breaks before it can say so."""
    board_id, ids = await make_board(), await some_players(3)
    lost = [OperationalError("server closed the connection unexpectedly")]

    def work(board_id, requests):
        result = placement.commit(board_id, requests)
        if lost:
            raise lost.pop()
        return result

    group = lane(work)
    answers = await asyncio.gather(*[group.submit(board_id, pk, ask(x)) for x, pk in enumerate(ids)])

    rows = await db.run(lambda: list(Update.objects.order_by("seq").values_list("seq", "player_id")))
    assert [(answer.seq, pk) for answer, pk in zip(answers, ids, strict=True)] == rows
    assert all(isinstance(answer, Placed) for answer in answers)
    assert await db.run(lambda: list(Player.objects.order_by("pk").values_list("placed_count", flat=True))) == [1, 1, 1]
    first = await db.run(lambda: Player.objects.get(pk=ids[0]).ready_at)
    assert answers[0].ready_at == first


@pytest.mark.django_db(transaction=True)
async def test_asking_again_with_the_same_id_is_answered_as_before_and_costs_nothing(lane):
    board_id, (pk,) = await make_board(), await some_players(1)
    group, request = lane(placement.commit), ask(3, 3, 3)

    first = await group.submit(board_id, pk, request)
    again = await asyncio.gather(*[group.submit(board_id, pk, request) for _ in range(5)])

    assert again == [first] * 5
    assert await db.run(Update.objects.count) == 1
    assert (await group.submit(board_id, pk, ask())).code is Code.COOLDOWN


@pytest.mark.django_db(transaction=True)
async def test_no_number_of_tabs_and_processes_gets_a_second_pixel(lane):
    """Two lanes are two processes; every player asks both of them, many times at once."""
    board_id, ids = await make_board(), await some_players(5)
    lanes = [lane(placement.commit, batch_size=7), lane(placement.commit, batch_size=7)]

    asked = [(pk, lanes[i % 2].submit(board_id, pk, ask(i % 8, i % 6, i % 16))) for i in range(12) for pk in ids]
    answers = [(pk, await future) for pk, future in asked]

    placed = [pk for pk, answer in answers if isinstance(answer, Placed)]
    assert sorted(placed) == sorted(ids)
    assert {answer.code for _, answer in answers if isinstance(answer, Refusal)} == {Code.COOLDOWN}
    assert await db.run(lambda: list(Update.objects.order_by("seq").values_list("seq", flat=True))) == [1, 2, 3, 4, 5]


@pytest.mark.django_db(transaction=True)
async def test_two_processes_on_two_boards_do_not_lock_each_other_out(lane):
    """The same players on two boards in opposite order: a deadlock, if players were locked as they come."""
    first, second = await make_board(cooldown=0), await make_board(slug="other", cooldown=0)
    ids = await some_players(6)
    lanes = [lane(placement.commit), lane(placement.commit)]

    asked = []
    for _ in range(10):
        asked += [lanes[0].submit(first, pk, ask()) for pk in ids]
        asked += [lanes[1].submit(second, pk, ask()) for pk in reversed(ids)]
    answers = await asyncio.gather(*asked)

    assert all(isinstance(answer, Placed) for answer in answers)
    assert await db.run(lambda: set(Player.objects.values_list("placed_count", flat=True))) == {20}
    assert await db.run(lambda: set(Board.objects.values_list("seq", flat=True))) == {60}


@pytest.mark.django_db(transaction=True)
async def test_who_is_nobody_and_what_is_no_board_is_refused_beside_who_places(lane):
    board_id, (pk,) = await make_board(), await some_players(1)
    group = lane(placement.commit)

    answers = await asyncio.gather(
        group.submit(board_id, pk + 1000, ask()),
        group.submit(board_id + 1000, pk, ask()),
        group.submit(board_id, pk, ask(99, 99)),
        group.submit(board_id, pk, ask()),
    )

    assert [getattr(answer, "code", None) for answer in answers] == [
        Code.UNAUTHENTICATED,
        Code.BOARD_CLOSED,
        Code.OUT_OF_BOUNDS,
        None,
    ]
