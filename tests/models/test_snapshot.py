"""A snapshot never hands out cells that are not what was stored."""

import random
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from canvas.models import Board, Snapshot
from canvas.models.snapshot import CorruptSnapshot, Kind

CELLS = bytes(random.Random(1).randrange(16) for _ in range(48))


@pytest.fixture
def snapshot(board):
    snapshot = Snapshot.of(board, Kind.PERIODIC, seq=7, cells=CELLS)
    snapshot.save()
    return snapshot


def test_cells_come_back_from_the_database(snapshot):
    assert Snapshot.objects.get().cells() == CELLS


def test_a_snapshot_keeps_what_the_board_was(snapshot, board):
    Board.objects.update(width=3, height=3, revision=9)
    body = Snapshot.objects.get().body()

    assert (body.width, body.height, body.seq, body.revision, body.cells) == (8, 6, 7, 1, CELLS)


@given(st.integers(1, 30), st.integers(1, 30), st.data())
def test_any_cells_survive_the_compression(width, height, data):
    cells = data.draw(st.binary(min_size=width * height, max_size=width * height))

    assert Snapshot.of(Board(width=width, height=height), Kind.ARCHIVE, seq=1, cells=cells).cells() == cells


def test_the_cells_of_the_largest_board_are_kept(db):
    board = Board.objects.create(slug="large", title="Large", width=4096, height=4096)
    Snapshot.of(board, Kind.ARCHIVE, seq=1, cells=bytes(4096 * 4096)).save()

    assert len(Snapshot.objects.get().cells()) == 16_777_216


@pytest.mark.parametrize("place", range(0, 40, 3))
def test_a_flipped_bit_is_found(snapshot, place):
    data = bytearray(snapshot.data)
    data[place % len(data)] ^= 1
    snapshot.data = bytes(data)

    try:
        cells = snapshot.cells()
    except CorruptSnapshot:
        return
    assert cells == CELLS  # a bit of the header that says nothing about the cells


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not zstd",
        zstandard.compress(CELLS)[:-1],
        zstandard.compress(CELLS[:-1]),
        zstandard.compress(CELLS + b"\0"),
        zstandard.compress(bytes(48)),
        zstandard.compress(bytes(100_000_000)),
        zstandard.compress(b""),
    ],
    ids=["nothing", "text", "cut short", "a cell less", "a cell more", "other cells", "a bomb", "no cells"],
)
def test_other_data_is_found_to_be_corrupt(snapshot, data):
    snapshot.data = data

    with pytest.raises(CorruptSnapshot, match=f"Snapshot {snapshot.pk}"):
        snapshot.cells()


def test_a_bomb_is_not_unpacked(snapshot):
    """The size is what the row says, whatever the data says of itself."""
    import tracemalloc

    snapshot.data = zstandard.compress(bytes(500_000_000))
    snapshot.checksum = zlib.crc32(bytes(48))
    tracemalloc.start()
    with pytest.raises(CorruptSnapshot):
        snapshot.cells()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 10_000_000


def test_the_size_is_part_of_what_is_checked(snapshot):
    snapshot.width, snapshot.height = 7, 6

    with pytest.raises(CorruptSnapshot):
        snapshot.cells()
