"""Whoever appends to the log holds the board; seqs are gapless, and log, pixels and head agree."""

import threading
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from canvas.actions import boards
from canvas.engine import ledger, loading
from canvas.engine.ledger import Entry
from canvas.models import Board, Pixel, Update
from canvas.models.update import Source
from canvas.rules import wire


def entry(x, y, color, player_id=None, request_id=None, source=Source.PLAYER):
    return Entry(x, y, color, player_id, timezone.now(), request_id, source)


def append(board, *pixels):
    with ledger.locked(board.pk) as locked:
        return locked.append([entry(*pixel) for pixel in pixels])


def log(board):
    return list(
        Update.objects.filter(board=board).order_by("seq").values_list("seq", "x", "y", "color", "previous_color")
    )


def state_of_pixels(board):
    return {
        (x, y): (color, seq, player)
        for x, y, color, seq, player in Pixel.objects.filter(board=board).values_list(
            "x", "y", "color", "seq", "player"
        )
    }


def in_a_thread(work):
    """Another thread has another copy of the board, as another process would."""
    errors = []

    def run():
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def test_seqs_go_on_from_transaction_to_transaction(board):
    append(board, (0, 0, 1), (1, 0, 2))
    committed = append(board, (0, 0, 3))

    assert (committed.board_id, committed.first_seq) == (board.pk, 3)
    assert committed.records == wire.pack_records([(0, 0, 3)])
    assert log(board) == [(1, 0, 0, 1, 0), (2, 1, 0, 2, 0), (3, 0, 0, 3, 1)]
    assert Board.objects.get().seq == 3


def test_a_cell_that_comes_twice_in_one_transaction_keeps_the_last(board, player):
    append(board, (4, 4, 1, player.pk), (4, 4, 2), (4, 4, 1), (4, 4, 5, player.pk))

    assert [previous for *_, previous in log(board)] == [0, 1, 2, 1]
    assert state_of_pixels(board) == {(4, 4): (5, 4, player.pk)}


def test_a_pixel_changes_hands(board, player):
    append(board, (4, 4, 1, player.pk))
    append(board, (4, 4, 2))

    assert state_of_pixels(board) == {(4, 4): (2, 2, None)}


def test_nothing_to_append_changes_nothing(board):
    assert append(board) is None
    assert Board.objects.get().seq == 0


def test_everything_of_an_entry_is_kept(board, player):
    request_id, now = uuid4(), timezone.now()
    with ledger.locked(board.pk) as locked:
        locked.append([Entry(7, 5, 15, player.pk, now, request_id, Source.IMPORT)])

    update = Update.objects.get()
    assert (update.x, update.y, update.color) == (7, 5, 15)
    assert (update.player, update.placed_at, update.request_id, update.source) == (player, now, request_id, "i")


def test_no_such_board_raises(db):
    with pytest.raises(Board.DoesNotExist), ledger.locked(1):
        pass


@given(st.lists(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(0, 15)), max_size=12), max_size=8))
def test_pixels_and_previous_colors_are_the_fold_of_the_log(django_db_setup, django_db_blocker, batches):
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic(durable=False):
        # `locked` insists on being outermost, as it is everywhere but here.
        board = boards.create(slug=f"b{uuid4().hex[:8]}", width=8, height=6)
        for batch in batches:
            with transaction.atomic():
                ledger.Ledger(Board.objects.select_for_update().get(pk=board.pk)).append([entry(*p) for p in batch])
        expected, cells = {}, {}
        for seq, (x, y, color) in enumerate((pixel for batch in batches for pixel in batch), 1):
            expected[seq] = (seq, x, y, color, cells.get((x, y), 0))
            cells[x, y] = color
        assert log(board) == list(expected.values())
        assert {cell: color for cell, (color, *_) in state_of_pixels(board).items()} == cells
        assert loading.load(board.pk).seq == len(expected)
        transaction.set_rollback(True)
        ledger._copies.by_board.pop(board.pk, None)


def test_after_an_error_the_log_is_as_before_and_so_is_the_memory_of_it(board):
    append(board, (0, 0, 1))

    def fail_after_appending():
        with ledger.locked(board.pk) as locked:
            locked.append([entry(0, 0, 9), entry(1, 1, 9)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_appending()
    append(board, (0, 0, 2), (1, 1, 3))

    assert log(board) == [(1, 0, 0, 1, 0), (2, 0, 0, 2, 1), (3, 1, 1, 3, 0)]


@pytest.mark.django_db(transaction=True)
def test_after_a_refused_insert_the_log_is_as_before(board, player):
    request_id = uuid4()
    append(board, (0, 0, 1, player.pk, request_id))
    with pytest.raises(IntegrityError):
        append(board, (0, 0, 5), (0, 0, 7, player.pk, request_id))
    append(board, (0, 0, 2))

    assert log(board) == [(1, 0, 0, 1, 0), (2, 0, 0, 2, 1)]
    assert state_of_pixels(board) == {(0, 0): (2, 2, None)}


@pytest.mark.django_db(transaction=True)
def test_what_another_process_appended_is_seen(board):
    append(board, (0, 0, 1))
    in_a_thread(lambda: append(board, (0, 0, 2), (5, 5, 7)))
    append(board, (0, 0, 3), (5, 5, 8))

    assert [(seq, color, previous) for seq, _, _, color, previous in log(board)] == [
        (1, 1, 0),
        (2, 2, 1),
        (3, 7, 0),
        (4, 3, 2),
        (5, 8, 7),
    ]


@pytest.mark.django_db(transaction=True)
def test_what_another_process_appended_is_seen_when_it_is_too_much_to_catch_up_with(board, monkeypatch):
    append(board, (0, 0, 1))
    in_a_thread(lambda: append(board, *[(i % 8, i // 8 % 6, i % 16) for i in range(40)]))
    monkeypatch.setattr(loading, "CHUNK", 10)
    append(board, (7, 4, 1))

    assert log(board)[-1] == (42, 7, 4, 1, 39 % 16)


@pytest.mark.django_db(transaction=True)
def test_another_process_resets_the_board(board):
    append(board, (0, 0, 1), (1, 0, 1))
    in_a_thread(lambda: boards.reset("small"))
    append(board, (0, 0, 2))

    assert log(board)[-1] == (3, 0, 0, 2, 0)
    assert state_of_pixels(board) == {(0, 0): (2, 3, None)}


def test_a_log_that_was_cut_back_under_a_running_process_is_read_anew(board):
    """As after the database was restored from a backup."""
    append(board, (0, 0, 1), (0, 0, 2), (1, 1, 3))
    Update.objects.filter(seq__gt=1).delete()
    Board.objects.update(seq=1)
    append(board, (0, 0, 5), (1, 1, 5))

    assert log(board) == [(1, 0, 0, 1, 0), (2, 0, 0, 5, 1), (3, 1, 1, 5, 0)]


def test_a_reset_by_this_process_is_seen_too(board):
    append(board, (0, 0, 1))
    boards.reset("small")
    append(board, (0, 0, 2))

    assert log(board)[-1] == (2, 0, 0, 2, 0)


@pytest.mark.django_db(transaction=True)
def test_many_processes_at_once_leave_no_gap(board):
    """Each thread is a process; all append at the same time to the same cells."""
    start = threading.Barrier(4)
    failures = []

    def work(number):
        try:
            start.wait()
            for i in range(10):
                append(board, (i % 8, 0, number), ((i + 1) % 8, 0, number))
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    rows, cells = log(board), {}
    assert [seq for seq, *_ in rows] == list(range(1, 81))
    for _, x, y, color, previous in rows:
        assert previous == cells.get((x, y), 0)
        cells[x, y] = color
    assert {cell: color for cell, (color, *_) in state_of_pixels(board).items()} == cells
    assert Board.objects.get().seq == 80
