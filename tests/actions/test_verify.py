"""verify_board: every kind of damage is found, what is derived is repaired, the log is left alone."""

import io
import re
import zlib

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from canvas.actions import boards
from canvas.actions import verify as verify_module
from canvas.actions.verify import verify
from canvas.engine import ledger, loading
from canvas.engine.ledger import Entry
from canvas.models import Board, Pixel, Snapshot, Update
from canvas.models.snapshot import Kind
from canvas.rules.cooldown import to_milliseconds


def place(board, player, *cells):
    with ledger.locked(board.pk) as locked:
        locked.append([Entry(x, y, color, player.pk, to_milliseconds(timezone.now())) for x, y, color in cells])


def checkpoint(board):
    loaded = loading.load(board.pk)
    board.refresh_from_db()
    snapshot = Snapshot.of(board, Kind.PERIODIC, seq=loaded.seq, cells=bytes(loaded.cells))
    snapshot.save()
    return snapshot


@pytest.fixture
def lived(board, player):
    """A board with a log of before a reset, one since, and snapshots in both."""
    place(board, player, (0, 0, 1), (1, 0, 2), (0, 0, 3))
    checkpoint(board)
    boards.reset("small")
    place(board, player, (0, 0, 4), (1, 0, 5), (2, 0, 6), (0, 0, 7))
    checkpoint(board)
    place(board, player, (3, 0, 8), (1, 0, 9))
    board.refresh_from_db()
    return board


def found(**options):
    return [finding.text for finding in verify(slug="small", **options).findings]


def rows():
    return list(Pixel.objects.order_by("x", "y").values_list("x", "y", "color", "seq", "player_id", "placed_at"))


def test_a_board_that_is_in_order_has_no_findings(lived):
    verdict = verify(slug="small")
    assert verdict.findings == []
    assert (verdict.seq, verdict.updates, verdict.pixels, verdict.snapshots) == (9, 9, 4, 4)


def test_a_board_that_nobody_touched_has_no_findings(board):
    assert found() == []


def test_a_log_longer_than_a_chunk_is_folded_all_the_same(lived, monkeypatch):
    monkeypatch.setattr(loading, "CHUNK", 2)
    assert found() == []


def damage_color():
    Pixel.objects.filter(x=1).update(color=3)


def damage_seq():
    Pixel.objects.filter(x=1).update(seq=5)


def damage_player():
    Pixel.objects.filter(x=1).update(player=None)


def lose_pixel():
    Pixel.objects.filter(x=1).delete()


def invent_pixel():
    Pixel.objects.create(board=Board.objects.get(), x=7, y=5, color=1, seq=3, placed_at=timezone.now())


def invent_pixel_beyond_the_board():
    Pixel.objects.create(board=Board.objects.get(), x=100, y=5, color=1, seq=3, placed_at=timezone.now())


def impossible_color():
    Pixel.objects.filter(x=1).update(color=300)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (damage_color, r"The pixel at \(1, 0\) has a row with another colour, seq or player; update 9 placed it last"),
        (damage_seq, r"The pixel at \(1, 0\) has a row with another"),
        (damage_player, r"The pixel at \(1, 0\) has a row with another"),
        (impossible_color, r"The pixel at \(1, 0\) has a row with another"),
        (lose_pixel, r"The pixel at \(1, 0\) has no row; update 9 placed it last, with colour 9"),
        (invent_pixel, r"The pixel at \(7, 5\) has a row, but no update placed it"),
        (invent_pixel_beyond_the_board, r"The pixel at \(100, 5\) has a row, but no update placed it"),
    ],
)
def test_a_damaged_pixel_is_found_and_repaired(lived, damage, sentence):
    before = rows()
    damage()

    assert re.match(sentence, *found())
    assert rows() != before
    verdict = verify(slug="small", repair=True)
    assert (verdict.found, verdict.repaired) == (1, 1)
    assert rows() == before
    assert found() == []


def test_many_damaged_pixels_are_counted_and_repaired(board, player):
    place(board, player, *((x, y, 3) for x in range(8) for y in range(6)))
    before = rows()
    Pixel.objects.update(color=F("color") + 1)

    texts = found()
    assert len(texts) == 11
    assert texts[-1] == "… and 38 more like these."
    assert verify(slug="small", repair=True).repaired == 48
    assert rows() == before


def test_many_stray_pixels_are_removed(lived, monkeypatch):
    monkeypatch.setattr(verify_module, "QUERY", 1)
    before = rows()
    for x in (5, 6, 7):
        Pixel.objects.create(board=lived, x=x, y=5, color=1, seq=3, placed_at=timezone.now())

    assert verify(slug="small", repair=True).repaired == 3
    assert rows() == before


def newest_periodic():
    return Snapshot.objects.filter(kind=Kind.PERIODIC).order_by("-pk")[0]


def corrupt(snapshot):
    Snapshot.objects.filter(pk=snapshot.pk).update(checksum=F("checksum") - 1)


def test_a_periodic_snapshot_that_is_damaged_is_found_and_replaced(lived):
    snapshot = newest_periodic()
    corrupt(snapshot)

    assert found() == [f"Snapshot {snapshot.pk} (periodic, seq 7) is damaged: its cells do not match its checksum."]
    verify(slug="small", repair=True)
    assert found() == []
    assert newest_periodic().seq == 9
    assert bytes(loading.load(lived.pk).cells)[:4] == bytes([7, 9, 6, 8])


def test_a_periodic_snapshot_that_shows_something_else_is_found_and_replaced(lived):
    snapshot = newest_periodic()
    Snapshot.of(lived, Kind.PERIODIC, seq=7, cells=bytes(48)).save()
    wrong = newest_periodic()

    assert found() == [f"Snapshot {wrong.pk} (periodic, seq 7) does not show what the log gives."]
    verify(slug="small", repair=True)
    assert not Snapshot.objects.filter(pk=wrong.pk).exists()
    assert Snapshot.objects.filter(pk=snapshot.pk).exists()
    assert found() == []


def test_a_periodic_snapshot_beyond_the_log_is_found_and_removed(lived):
    Snapshot.of(lived, Kind.PERIODIC, seq=99, cells=bytes(48)).save()

    assert "is at seq 99, beyond the end of the log (9)" in found()[0]
    verify(slug="small", repair=True)
    assert found() == []


@pytest.mark.parametrize("kind", [Kind.ARCHIVE, Kind.BASELINE])
def test_a_damaged_snapshot_that_nothing_can_rebuild_is_found_and_left(lived, kind):
    snapshot = Snapshot.objects.get(kind=kind)
    corrupt(snapshot)

    verdict = verify(slug="small", repair=True)
    assert [finding.text for finding in verdict.findings] == [
        f"Snapshot {snapshot.pk} ({kind}, seq 3) is damaged: its cells do not match its checksum."
    ]
    assert verdict.repaired == 0
    assert Snapshot.objects.filter(pk=snapshot.pk).exists()


def test_an_archive_that_shows_something_else_is_found(lived):
    Snapshot.objects.filter(kind=Kind.ARCHIVE).update(
        data=Snapshot.of(lived, Kind.ARCHIVE, seq=3, cells=bytes(48)).data, checksum=zlib.crc32(bytes(48))
    )
    assert "(archive, seq 3) does not show what the log gives" in found()[0]


@pytest.mark.parametrize(
    ("lost", "sentence"),
    [
        ((8,), "Update 8 is missing from the log."),
        ((2, 3), "Updates 2 to 3 are missing from the log."),
        ((9,), "Update 9 is missing from the log."),
    ],
)
def test_a_gap_in_the_log_is_found_and_left(lived, lost, sentence):
    Update.objects.filter(seq__in=lost).delete()

    assert sentence in found()
    log = list(Update.objects.order_by("seq").values())
    verdict = verify(slug="small", repair=True)
    assert sentence in [finding.text for finding in verdict.findings if not finding.repaired]
    assert list(Update.objects.order_by("seq").values()) == log


def test_a_wrong_previous_color_is_found_and_left(lived):
    Update.objects.filter(seq=7).update(previous_color=11)

    assert found() == ["Update 7 says that its cell had colour 11; the log before it gives 4."]
    verify(slug="small", repair=True)
    assert Update.objects.get(seq=7).previous_color == 11


def test_an_update_outside_of_the_board_is_found(lived):
    Update.objects.filter(seq=8).update(x=8)
    assert "Update 8 is colour 8 at (8, 0): the board had 8×6 cells, and a colour is at most 255." in found()


def test_a_head_that_was_left_behind_is_found_and_moved(lived, player):
    Board.objects.update(seq=7)

    assert found() == ["The board says that its last update is 7; the log goes on to 9."]
    verify(slug="small", repair=True)
    assert found() == []
    place(lived, player, (0, 0, 1))
    assert Update.objects.filter(seq=10).exists()


def test_a_baseline_that_is_not_the_boards_is_found(lived):
    Board.objects.update(baseline=None)
    assert "The board's baseline is snapshot None" in found()[0]


def test_what_is_placed_while_the_log_is_read_is_counted(lived, player, monkeypatch):
    read = verify_module._pixels
    placed = []

    def slowly(pixels, progress):
        result = read(pixels, progress)
        if not placed:
            placed.append(True)
            place(lived, player, (0, 0, 1), (5, 5, 2))
        return result

    monkeypatch.setattr(verify_module, "_pixels", slowly)
    verdict = verify(slug="small")
    assert (verdict.findings, verdict.seq, verdict.updates) == ([], 11, 11)


def test_a_reset_while_the_log_is_read_begins_anew(lived, monkeypatch):
    read = verify_module._pixels
    done = []

    def slowly(pixels, progress):
        result = read(pixels, progress)
        if not done:
            done.append(boards.reset("small"))
        return result

    monkeypatch.setattr(verify_module, "_pixels", slowly)
    verdict = verify(slug="small")
    assert (verdict.findings, verdict.pixels) == ([], 0)


class TestCommand:
    def run(self, *args):
        out = io.StringIO()
        call_command("verify_board", "small", *args, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    def test_it_counts_what_agrees(self, lived):
        assert "Checked 9 updates, 4 pixels and 4 snapshots of board small at seq 9: all agree." in self.run()

    def test_what_is_wrong_is_an_error_that_says_what_to_do(self, lived):
        damage_color()
        with pytest.raises(CommandError, match=r"found 1 fault, repaired 0\. Run it again with --repair") as caught:
            self.run()
        assert caught.value.returncode == 1

    def test_what_was_repaired_is_no_error(self, lived):
        damage_color()
        assert "found 1 fault, repaired all." in self.run("--repair")

    def test_after_a_wrong_snapshot_the_servers_must_be_restarted(self, lived):
        corrupt(newest_periodic())
        assert "Restart the servers" in self.run("--repair")

    def test_what_cannot_be_repaired_stays_an_error(self, lived):
        damage_color()
        Update.objects.filter(seq=7).update(previous_color=11)
        with pytest.raises(CommandError, match=r"found 2 faults, repaired 1\. What is left is in the log"):
            self.run("--repair")
