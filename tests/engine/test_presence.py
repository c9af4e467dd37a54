"""Rows about processes and sockets: written in batches, true again after a crash, never in anybody's way."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from canvas.engine import presence
from canvas.engine.presence import STALE_AFTER, Presence
from canvas.models import Board, Connection, Player, ServerProcess


@pytest.fixture
def here(db):
    here = Presence()
    here.beat({})
    return here


def open_sockets(here, board, count, player_id=None):
    return [here.opened(board_id=board.pk, player_id=player_id, address_hash="") for _ in range(count)]


def test_a_process_says_that_it_lives(here):
    process = ServerProcess.objects.get()

    assert (process.pk, process.stopped_at) == (here.id, None)
    assert process.heartbeat_at >= process.started_at


def test_a_heartbeat_moves_and_its_start_does_not(here):
    before = ServerProcess.objects.get()
    here.beat({1: 5})
    after = ServerProcess.objects.get()

    assert after.started_at == before.started_at
    assert after.heartbeat_at > before.heartbeat_at
    assert after.online == {"1": 5}


def test_sockets_elsewhere_are_counted_a_board(here):
    one, two = Presence(), Presence()
    one.beat({1: 5, 2: 1})
    two.beat({1: 2})
    here.beat({1: 100})

    assert here.elsewhere == {1: 7, 2: 1}
    two.stop()
    here.beat({})
    assert here.elsewhere == {1: 5, 2: 1}


def test_rows_are_written_in_batches(here, board, player):
    ids = open_sockets(here, board, 500, player.pk)
    with CaptureQueriesContext(connection) as queries:
        here.write()

    assert len([q for q in queries if q["sql"].startswith("INSERT")]) <= 10  # SQLite bounds the size of one
    assert set(Connection.objects.values_list("pk", flat=True)) == set(ids)
    assert Connection.objects.filter(player=player, process_id=here.id, closed_at=None).count() == 500


def test_a_socket_closes_in_its_row(here, board):
    first, second = open_sockets(here, board, 2)
    here.write()
    here.closed(first)
    here.write()

    assert set(Connection.objects.filter(closed_at=None).values_list("pk", flat=True)) == {second}


def test_a_socket_that_was_short_is_written_open_and_closed(here, board):
    (only,) = open_sockets(here, board, 1)
    here.closed(only)
    here.write()

    assert Connection.objects.get().closed_at >= Connection.objects.get().opened_at


def test_nothing_is_written_before_the_process_has_its_row(db, board):
    early = Presence()
    open_sockets(early, board, 1)
    early.write()
    assert not Connection.objects.exists()

    early.beat({})
    early.write()
    assert Connection.objects.count() == 1


def test_what_could_not_be_written_is_written_later_and_once(here, board, monkeypatch):
    (first,) = open_sockets(here, board, 1)
    create = Connection.objects.bulk_create

    def write_and_lose_the_answer(rows, **options):
        create(rows, **options)
        raise OperationalError("gone")

    with monkeypatch.context() as outage:
        outage.setattr(Connection.objects, "bulk_create", write_and_lose_the_answer)
        with pytest.raises(OperationalError):
            here.write()
    (second,) = open_sockets(here, board, 1)
    here.closed(first)
    here.write()

    assert set(Connection.objects.values_list("pk", flat=True)) == {first, second}
    assert Connection.objects.get(pk=first).closed_at is not None


def test_what_waits_is_bounded_and_the_oldest_go(db, board, monkeypatch):
    monkeypatch.setattr(presence, "MAX_WAITING", 10)
    here = Presence()
    ids = open_sockets(here, board, 25)
    for pk in ids:
        here.closed(pk)
    here.beat({})
    here.write()

    assert set(Connection.objects.values_list("pk", flat=True)) == set(ids[-10:])
    assert not Connection.objects.filter(closed_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_player_who_is_no_more_does_not_stop_the_others_rows(here, board, player):
    """A row that the database refuses would otherwise be tried for ever, and all behind it with it."""
    (before,) = open_sockets(here, board, 1)
    open_sockets(here, board, 1, player_id=player.pk + 1000)
    gone = Player.objects.create(name="soon gone")
    open_sockets(here, board, 1, player_id=gone.pk)
    (after,) = open_sockets(here, board, 1, player_id=player.pk)
    gone.delete()
    here.write()
    here.write()

    assert set(Connection.objects.values_list("pk", flat=True)) == {before, after}


@pytest.mark.django_db(transaction=True)
def test_a_board_that_is_no_more_does_not_stop_the_others_rows(here, board):
    other = Board.objects.create(slug="other", title="Other", width=1, height=1)
    open_sockets(here, other, 2)
    (after,) = open_sockets(here, board, 1)
    other.delete()
    here.write()

    assert set(Connection.objects.values_list("pk", flat=True)) == {after}


# The dead


def kill(process, *, ago=STALE_AFTER + timedelta(seconds=1)):
    ServerProcess.objects.filter(pk=process.id).update(heartbeat_at=timezone.now() - ago)


def test_a_dead_process_is_buried_with_its_sockets(here, board):
    dead = Presence()
    dead.beat({board.pk: 3})
    open_sockets(dead, board, 3)
    dead.write()
    kept = open_sockets(here, board, 1)
    here.write()
    kill(dead)

    here.beat({})

    assert ServerProcess.objects.get(pk=dead.id).stopped_at is not None
    assert list(Connection.objects.filter(closed_at=None).values_list("pk", flat=True)) == kept
    assert here.elsewhere == {}


def test_a_process_that_is_only_slow_is_left_alone(here, board):
    slow = Presence()
    slow.beat({board.pk: 3})
    kill(slow, ago=STALE_AFTER - timedelta(seconds=5))

    here.beat({})

    assert ServerProcess.objects.get(pk=slow.id).stopped_at is None
    assert here.elsewhere == {board.pk: 3}


def test_nobody_buries_himself_and_who_comes_back_lives(here, board):
    kill(here)
    here.beat({})
    assert ServerProcess.objects.get(pk=here.id).stopped_at is None

    kill(here)
    Presence().beat({})
    assert ServerProcess.objects.get(pk=here.id).stopped_at is not None
    here.beat({board.pk: 1})
    process = ServerProcess.objects.get(pk=here.id)
    assert (process.stopped_at, process.online) == (None, {str(board.pk): 1})


def test_the_end_closes_everything_that_is_open(here, board):
    here.beat({board.pk: 2})
    open_sockets(here, board, 2)
    here.stop()

    process = ServerProcess.objects.get()
    assert (process.stopped_at is not None, process.online) == (True, {})
    assert Connection.objects.count() == 2
    assert not Connection.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize("how", ["closed", "stopped", "buried"])
def test_a_clock_that_was_set_back_does_not_stop_the_closing(here, board, how):
    """No socket closes before it opened, whatever the clock says: the database would refuse that for ever."""
    (only,) = open_sockets(here, board, 1)
    here.write()
    ahead = timezone.now() + timedelta(hours=1)
    Connection.objects.update(opened_at=ahead)

    if how == "closed":
        here.closed(only)
        here.write()
    elif how == "stopped":
        here.stop()
    else:
        kill(here)
        Presence().beat({})

    assert Connection.objects.get().closed_at == ahead


def test_a_socket_that_was_never_written_closes_without_a_word(here):
    here.closed(uuid4())
    here.write()

    assert not Connection.objects.exists()
