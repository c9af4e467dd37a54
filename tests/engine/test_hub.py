"""One process as a whole: what is committed here or elsewhere reaches who watches here, whatever else happens."""

import asyncio
import threading
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from canvas.actions import boards, players, site
from canvas.engine import checkpoint, db, ledger, loading
from canvas.engine import hub as hubs
from canvas.engine.hub import Hub
from canvas.engine.ledger import Entry
from canvas.models import Board, Connection, ServerProcess, Snapshot
from canvas.models.snapshot import Kind
from canvas.rules.placement import Placed, Placement
from canvas.rules.refusals import CloseCode, Code
from tests.engine.helpers import Client, Log, until


@pytest.fixture(autouse=True)
def _no_hurry(settings):
    """Only what a test calls for happens in the background, after the first round."""
    settings.POLL_SECONDS = settings.HEARTBEAT_SECONDS = 60


@pytest.fixture
async def board(hub):
    return await db.run(lambda: boards.create(slug="small", width=8, height=6, cooldown=0))


async def a_player():
    return (await db.run(players.create_anonymous, address=None))[0].pk


def append(board_id, *pixels):
    """As another process does: nobody is told."""
    with ledger.locked(board_id) as locked:
        return locked.append([Entry(*pixel, None, timezone.now()) for pixel in pixels])


async def watch(hub, pixels=(), since=0):
    """A client of the board `small`, which is sure that it gets exactly these pixels."""
    feed = await hub.feed("small")
    client = Client(Log(pixels), since)
    feed.join(client, since)
    return feed, client


PIXELS = [(0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 0, 4), (4, 0, 5)]


async def test_a_placement_is_answered_and_told(hub, board):
    _, client = await watch(hub, PIXELS)
    pk = await a_player()
    answers = [await hub.commit.submit(board.pk, pk, Placement(uuid4(), *pixel)) for pixel in PIXELS]
    await until(lambda: client.seq == 5)

    assert [answer.seq for answer in answers] == [1, 2, 3, 4, 5]
    assert all(isinstance(answer, Placed) for answer in answers)


async def test_there_is_no_feed_of_no_board(hub):
    assert await hub.feed("nowhere") is None


async def test_many_who_ask_at_once_get_one_feed(hub, board, monkeypatch):
    load, calls = loading.load, []
    monkeypatch.setattr(loading, "load", lambda board_id: (calls.append(board_id), load(board_id))[1])
    asked = [asyncio.create_task(hub.feed("small")) for _ in range(20)]
    await asyncio.sleep(0)
    asked[0].cancel()  # whoever was first may leave
    feeds = await asyncio.gather(*asked[1:])

    assert len(set(map(id, feeds))) == 1
    assert len(calls) == 1


async def test_a_feed_that_could_not_be_loaded_is_loaded_by_the_next_who_asks(hub, board, monkeypatch):
    def broken(board_id):
        raise OperationalError("gone")

    with monkeypatch.context() as outage:
        outage.setattr(loading, "load", broken)
        with pytest.raises(OperationalError):
            await hub.feed("small")

    assert (await hub.feed("small")).seq == 0


async def test_who_was_there_before_the_restart_gets_only_the_gap(hub, board):
    await db.run(append, board.pk, *PIXELS)
    feed, client = await watch(hub, PIXELS, since=3)

    assert (client.seq, client.cells) == (5, feed.cells)
    assert client.messages == []


async def test_the_poll_finds_what_nobody_told(hub, board):
    _, client = await watch(hub, PIXELS)
    await db.run(append, board.pk, *PIXELS)
    await hub.poll()
    await until(lambda: client.seq == 5)


async def test_what_another_process_tells_is_told_here(hub, board):
    _feed, client = await watch(hub, PIXELS)
    committed = await db.run(append, board.pk, *PIXELS)
    other = Hub(hub.commit._work)
    try:
        await until(lambda: other.relay._channel and hub.relay._channel)
        other.relay.committed(committed)
        await until(lambda: client.seq == 5)
    finally:
        await other.close()


async def test_a_commit_outside_of_the_lane_is_told_from_any_thread(hub, board):
    _, client = await watch(hub, PIXELS)

    def work():
        site.appended(append(board.pk, *PIXELS))
        connection.close()

    await asyncio.to_thread(work)
    await until(lambda: client.seq == 5)


async def test_a_changed_setting_is_told_at_once(hub, board):
    _, client = await watch(hub)
    await db.run(lambda: boards.change(Board.objects.get(), cooldown=7))
    await until(lambda: client.of_type("board"))

    assert client.of_type("board")[0]["board"]["cooldown"] == 7


async def test_a_reset_is_told_at_once_and_the_board_is_blank(hub, board):
    await db.run(append, board.pk, *PIXELS)
    feed, client = await watch(hub, PIXELS)
    client.fetch = lambda seq: None
    await db.run(boards.reset, "small")
    await until(lambda: client.of_type("resync"))

    assert client.of_type("resync") == [{"type": "resync", "seq": 5}]
    assert not any(feed.cells)
    assert feed.join(Client(Log()), 5) is False


async def test_pixels_after_a_reset_by_another_process_are_on_the_blank_board(hub, board):
    feed, _ = await watch(hub)
    pk = await a_player()
    await hub.commit.submit(board.pk, pk, Placement(uuid4(), 0, 0, 1))
    # Without a word to this process, and while its writer lane holds a copy of the board.
    await db.run(lambda: _quietly(lambda: boards.reset("small")))
    await hub.commit.submit(board.pk, pk, Placement(uuid4(), 1, 0, 2))
    await hub.poll()

    assert feed.cells == bytearray([0, 2] + [0] * 46)
    assert await db.run(lambda: bytes(loading.load(board.pk).cells)) == bytes(feed.cells)


def _quietly(work):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "board_changed", lambda board_id: None)
        work()


async def test_a_board_that_is_deleted_lets_its_watchers_go(hub, board):
    _, client = await watch(hub)
    await db.run(Board.objects.all().delete)
    await hub.poll()

    assert client.closed == CloseCode.NO_SUCH_BOARD
    assert await hub.feed("small") is None


async def test_an_announcement_reaches_everybody(hub, board):
    _, client = await watch(hub)
    site.announce(board.pk, {"type": "board.notice", "level": "info", "text": "Hello"})
    await until(lambda: client.of_type("notice"))

    assert client.of_type("notice") == [{"type": "notice", "level": "info", "text": "Hello"}]


async def test_a_message_of_another_version_is_passed_over(hub, board, caplog):
    _, client = await watch(hub)
    site.announce(board.pk, {"type": "board.fireworks"})
    site.announce(board.pk + 1000, {"type": "board.fireworks"})
    site.announce(board.pk, {"type": "board.notice", "level": "info", "text": "Hello"})
    await until(lambda: client.of_type("notice"))

    assert caplog.text.count("of another version") == 1


async def test_an_outage_of_the_database_is_survived(hub, board, monkeypatch, caplog):
    _, client = await watch(hub, PIXELS)
    rounds = []

    async def poll():
        rounds.append(1)
        if len(rounds) < 4:
            raise OperationalError("gone")
        await hub.poll()

    await db.run(append, board.pk, *PIXELS)
    task = asyncio.create_task(hub._forever(0.001, poll))
    await until(lambda: client.seq == 5)
    task.cancel()

    assert caplog.text.count("will be tried again") == 1


async def test_a_snapshot_is_written_when_enough_has_happened(hub, board, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_UPDATES", 5)
    feed, _ = await watch(hub, PIXELS)
    await db.run(append, board.pk, *PIXELS)
    await hub.poll()
    await hub.poll()

    def snapshots():
        return [(s.seq, s.cells()) for s in Snapshot.objects.filter(kind=Kind.PERIODIC)]

    assert await db.run(snapshots) == [(5, bytes(feed.cells))]


async def test_the_number_of_watchers_is_told_when_it_changes(hub, board):
    _, client = await watch(hub)
    await hub._beat()
    await hub._beat()
    await watch(hub)
    await hub._beat()
    await until(lambda: len(client.of_type("online")) == 2)

    assert [message["count"] for message in client.of_type("online")] == [1, 2]


async def test_closing_answers_who_waits_and_lets_everybody_go(board, hub, monkeypatch):
    _, client = await watch(hub, PIXELS)
    pk = await a_player()
    open_ = threading.Event()
    work = hub.commit._work
    hub.commit._work = lambda *given: (open_.wait(30), work(*given))[1]
    answers = [hub.commit.submit(board.pk, pk, Placement(uuid4(), *pixel)) for pixel in PIXELS]
    connection_id = hub.presence.opened(board_id=board.pk, player_id=pk, address_hash="")
    closing = asyncio.create_task(site.close())
    await until(lambda: hub.commit._closing)
    open_.set()
    await closing

    assert [(await answer).seq for answer in answers] == [1, 2, 3, 4, 5]
    assert client.closed == CloseCode.GOING_AWAY
    assert hub.commit.submit(board.pk, pk, Placement(uuid4(), 0, 0, 1)).result().code is Code.BUSY
    process = await db.run(ServerProcess.objects.get)
    assert process.stopped_at is not None
    assert (await db.run(Connection.objects.get)).pk == connection_id
    assert (await db.run(Connection.objects.get)).closed_at is not None
    await db.release()


async def test_closing_ends_without_a_database(board, hub, monkeypatch, caplog):
    def broken():
        raise OperationalError("gone")

    monkeypatch.setattr(hub.presence, "stop", broken)
    await site.close()

    assert "stay open until another closes them" in caplog.text


def test_a_hub_is_of_one_loop():
    async def its_hub():
        made = site.hub()
        assert site.hub() is made
        made.commit.close()
        for task in made._tasks:
            task.cancel()
        await made.relay.close()
        site._hub = None
        return made

    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(hubs.Presence, "beat", lambda self, online: None)
        assert asyncio.run(its_hub()) is not asyncio.run(its_hub())
