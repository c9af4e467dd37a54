"""Periodic snapshots: written once, and never of a board that is no more."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from canvas.actions import boards
from canvas.engine import checkpoint, ledger, loading
from canvas.engine.ledger import Entry
from canvas.models import Board, Snapshot
from canvas.models.snapshot import Kind

CELLS = bytes(range(48))


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_UPDATES", 10)


@pytest.fixture
def painted(board):
    paint(board, 20)
    return board


def paint(board, count):
    with ledger.locked(board.pk) as locked:
        locked.append([Entry(i % 8, 0, i % 16, None, timezone.now()) for i in range(count)])


def periodic():
    return list(Snapshot.objects.filter(kind=Kind.PERIODIC).values_list("seq", flat=True))


def test_a_snapshot_is_written_when_it_is_due(painted):
    assert checkpoint.write_if_due(painted.pk, None, 10, CELLS) is True

    snapshot = Snapshot.objects.get()
    assert (snapshot.kind, snapshot.seq, snapshot.cells()) == (Kind.PERIODIC, 10, CELLS)


def test_before_it_is_due_none_is_written(painted):
    checkpoint.write_if_due(painted.pk, None, 10, CELLS)
    assert checkpoint.write_if_due(painted.pk, None, 19, CELLS) is False
    assert checkpoint.write_if_due(painted.pk, None, 20, CELLS) is True

    assert periodic() == [10, 20]


def test_where_none_is_yet_the_first_is_written_however_few_the_updates(painted):
    assert checkpoint.write_if_due(painted.pk, None, 3, CELLS) is True


def test_after_some_minutes_a_single_update_is_enough(painted):
    checkpoint.write_if_due(painted.pk, None, 10, CELLS)
    Snapshot.objects.update(created_at=timezone.now() - timedelta(seconds=checkpoint.EVERY_SECONDS + 1))

    assert checkpoint.write_if_due(painted.pk, None, 10, CELLS) is False
    assert checkpoint.write_if_due(painted.pk, None, 11, CELLS) is True


def test_who_comes_second_writes_none(painted):
    assert checkpoint.write_if_due(painted.pk, None, 12, CELLS) is True
    assert checkpoint.write_if_due(painted.pk, None, 12, CELLS) is False
    assert checkpoint.write_if_due(painted.pk, None, 10, CELLS) is False

    assert periodic() == [12]


def test_cells_of_before_a_reset_are_not_taken_for_the_board_after_it(painted):
    boards.reset("small")
    paint(painted, 15)

    assert checkpoint.write_if_due(painted.pk, None, 20, CELLS) is False
    assert checkpoint.write_if_due(painted.pk, None, 33, CELLS) is False
    assert periodic() == []


def test_after_a_reset_the_count_begins_with_the_baseline(painted):
    boards.reset("small")
    paint(painted, 15)
    baseline_id = Board.objects.get().baseline_id

    assert checkpoint.write_if_due(painted.pk, baseline_id, 29, CELLS) is False
    assert checkpoint.write_if_due(painted.pk, baseline_id, 30, CELLS) is True


def test_cells_from_the_future_are_of_another_log(painted):
    assert checkpoint.write_if_due(painted.pk, None, 21, CELLS) is False


def test_what_was_written_is_what_a_start_reads(painted):
    cells = bytes(loading.load(painted.pk).cells)
    checkpoint.write_if_due(painted.pk, None, 20, cells)
    paint(painted, 3)

    assert loading.load(painted.pk).snapshot_seq == 20


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_writes(painted):
    start, written = threading.Barrier(4), []

    def work():
        try:
            start.wait()
            written.append(checkpoint.write_if_due(painted.pk, None, 20, CELLS))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(written) == [False, False, False, True]
    assert periodic() == [20]
