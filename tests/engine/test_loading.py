"""A board is its newest snapshot and the log after it, whatever was written meanwhile."""

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from canvas.actions import boards
from canvas.engine import ledger, loading
from canvas.engine.ledger import Entry
from canvas.models import Board, Snapshot, Update
from canvas.models.snapshot import CorruptSnapshot, Kind
from canvas.rules import wire

WIDTH, HEIGHT = 8, 6
pixels = st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(0, 15))


def folded(records, cells=None):
    cells = cells or bytearray(WIDTH * HEIGHT)
    for x, y, color in records:
        cells[y * WIDTH + x] = color
    return cells


def append(board, records):
    with ledger.locked(board.pk) as locked:
        locked.append([Entry(x, y, color, None, timezone.now()) for x, y, color in records])


def spread(count, shift=0):
    return [((i * 7 + shift) % WIDTH, (i * 5) % HEIGHT, (i + shift) % 16) for i in range(count)]


@given(st.lists(pixels, max_size=40), st.integers(0, 3))
def test_many_records_are_painted_as_few_are(some, repeat):
    # 257 records take the other way; cells repeat all the time on so small a board.
    many = (some * 257)[: 257 * (1 if some else 0)] * (1 + repeat)
    cells, expected = bytearray(b"\7" * 48), bytearray(b"\7" * 48)
    loading.paint(cells, WIDTH, wire.pack_records(many))

    assert cells == folded(many, expected)


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1000])
def test_both_ways_of_painting_meet_at_their_border(count):
    cells = bytearray(WIDTH * HEIGHT)
    loading.paint(cells, WIDTH, wire.pack_records(spread(count)))

    assert cells == folded(spread(count))


def test_painting_reaches_the_corners_of_the_largest_board():
    corners = [(0, 0, 1), (4095, 0, 2), (0, 4095, 3), (4095, 4095, 4)]
    for records in (corners, corners * 100):
        cells = bytearray(4096 * 4096)
        loading.paint(cells, 4096, wire.pack_records(records))
        assert (cells[0], cells[4095], cells[4095 * 4096], cells[-1]) == (1, 2, 3, 4)
        assert cells.count(0) == 4096 * 4096 - 4


def test_a_new_board_is_blank(board):
    loaded = loading.load(board.pk)

    assert (loaded.seq, loaded.baseline_id, loaded.baseline_seq, loaded.snapshot_seq) == (0, None, 0, 0)
    assert loaded.cells == bytearray(48)


def test_a_board_that_is_not_there_raises(db):
    with pytest.raises(Board.DoesNotExist):
        loading.load(1)


def test_without_a_snapshot_the_whole_log_is_folded(board):
    append(board, spread(30))

    loaded = loading.load(board.pk)

    assert (loaded.seq, loaded.cells) == (30, folded(spread(30)))


def test_the_log_is_read_in_chunks_without_a_seam(board, monkeypatch):
    monkeypatch.setattr(loading, "CHUNK", 7)
    append(board, spread(30))

    chunks = list(loading.records_between(board.pk, 2, 29))

    assert [len(chunk) // 5 for chunk in chunks] == [7, 7, 7, 6]
    assert b"".join(chunks) == wire.pack_records(spread(30)[2:29])
    assert list(loading.records_between(board.pk, 5, 5)) == []


def test_another_boards_log_is_not_read(board):
    other = boards.create(slug="other", width=8, height=6)
    append(other, spread(5))
    append(board, spread(3, shift=1))

    assert b"".join(loading.records_between(board.pk, 0, 100)) == wire.pack_records(spread(3, shift=1))


def test_a_snapshot_shortens_the_log_that_is_read(board):
    append(board, spread(20))
    Snapshot.of(Board.objects.get(), Kind.PERIODIC, seq=20, cells=bytes(folded(spread(20)))).save()
    append(board, spread(5, shift=3))
    Update.objects.filter(seq__lte=20).delete()  # must not be needed

    loaded = loading.load(board.pk)

    assert (loaded.seq, loaded.snapshot_seq) == (25, 20)
    assert loaded.cells == folded(spread(20) + spread(5, shift=3))


def test_archives_are_no_base(board):
    append(board, spread(20))
    Snapshot.of(Board.objects.get(), Kind.ARCHIVE, seq=20, cells=rb"\9" * 48).save()

    assert loading.load(board.pk).cells == folded(spread(20))


def test_after_a_reset_only_what_came_later_counts(board):
    append(board, spread(20))
    Snapshot.of(Board.objects.get(), Kind.PERIODIC, seq=20, cells=bytes(folded(spread(20)))).save()
    boards.reset("small")
    append(board, spread(4, shift=2))

    loaded = loading.load(board.pk)

    assert (loaded.seq, loaded.baseline_seq, loaded.snapshot_seq) == (24, 20, 20)
    assert loaded.cells == folded(spread(4, shift=2))
    assert loaded.baseline_id is not None


def test_two_resets_at_one_seq_and_one_at_seq_zero(board):
    boards.reset("small")
    assert loading.load(board.pk).seq == 0
    append(board, spread(3))
    boards.reset("small")
    boards.reset("small")

    loaded = loading.load(board.pk)

    assert (loaded.seq, loaded.baseline_seq, loaded.cells) == (3, 3, bytearray(48))


def test_a_snapshot_after_a_reset_is_used(board):
    append(board, spread(3))
    boards.reset("small")
    append(board, spread(3, shift=1))
    cells = bytes(folded(spread(3, shift=1)))
    Snapshot.of(Board.objects.get(), Kind.PERIODIC, seq=6, cells=cells).save()

    loaded = loading.load(board.pk)

    assert (loaded.snapshot_seq, loaded.cells) == (6, cells)


def test_a_snapshot_that_was_written_after_the_board_was_read_is_left_for_later(board):
    """Cells of seq 20 must not be taken for the board at seq 10."""
    append(board, spread(10))
    read_early = Board.objects.get()
    append(board, spread(10, shift=3))
    cells = folded(spread(10) + spread(10, shift=3))
    Snapshot.of(Board.objects.get(), Kind.PERIODIC, seq=20, cells=bytes(cells)).save()

    loaded = loading.fold(read_early)

    assert (loaded.seq, loaded.snapshot_seq) == (10, 0)
    assert loaded.cells == folded(spread(10))


def test_a_board_that_is_reset_while_it_is_loaded_is_loaded_again(board, monkeypatch):
    append(board, spread(10))
    fold, seen = loading.fold, []

    def fold_then_reset(given):
        result = fold(given)
        seen.append(result.seq)
        if len(seen) == 1:
            monkeypatch.setattr(loading, "fold", fold)  # the reset folds too
            boards.reset("small")
            monkeypatch.setattr(loading, "fold", fold_then_reset)
        return result

    monkeypatch.setattr(loading, "fold", fold_then_reset)
    loaded = loading.load(board.pk)

    assert len(seen) == 2
    assert (loaded.baseline_seq, loaded.cells) == (10, bytearray(48))


def test_a_corrupt_snapshot_stops_the_loading_instead_of_showing_nonsense(board):
    append(board, spread(10))
    snapshot = Snapshot.of(Board.objects.get(), Kind.PERIODIC, seq=10, cells=bytes(48))
    snapshot.checksum += 1
    snapshot.save()

    with pytest.raises(CorruptSnapshot):
        loading.load(board.pk)
