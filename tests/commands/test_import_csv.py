"""import_board with logs."""

import gzip

import numpy as np
import pytest
from django.core.management import CommandError
from django.utils import timezone

from canvas.actions import exports, imports_files, imports_rows
from canvas.engine import bulk, ledger
from canvas.engine.ledger import Entry
from canvas.models import Board, Pixel, Player, Snapshot, Update
from canvas.models.snapshot import Kind
from canvas.models.update import Source
from canvas.rules.palettes import REDDIT_2017, REDDIT_2022
from tests.commands.conftest import row

RED, BLUE = "#E50000", "#0000EA"  # of 2017


def colors_of(board):
    return np.frombuffer(exports.body_of(board).cells, dtype=np.uint8).reshape(board.height, board.width)


def test_rows_become_updates_pixels_and_players(run, csv_file, board):
    said = run("import_board", "small", csv_file(row(1, "ann", RED, 1, 2), row(2, "ben", BLUE, 1, 2)))

    board.refresh_from_db()
    red, blue = [color.hex for color in REDDIT_2017].index(RED), [color.hex for color in REDDIT_2017].index(BLUE)
    updates = Update.objects.order_by("seq").values_list("seq", "x", "y", "color", "previous_color", "player__name")
    assert list(updates) == [(1, 1, 2, red, 0, "ann"), (2, 1, 2, blue, red, "ben")]
    assert set(Update.objects.values_list("source", flat=True)) == {Source.IMPORT}
    assert list(Pixel.objects.values_list("x", "y", "color", "seq", "player__name")) == [(1, 2, blue, 2, "ben")]
    assert Update.objects.get(seq=1).placed_at.isoformat() == "2022-04-01T12:00:01.315000+00:00"
    assert board.seq == 2
    assert "Imported 2 updates by 2 players into board small: seq 1 to 2" in said


def test_a_new_start_reads_a_snapshot(run, csv_file, board):
    run("import_board", "small", csv_file(row(1, "ann", RED, 1, 2)))

    snapshot = Snapshot.objects.get()
    assert (snapshot.kind, snapshot.seq) == (Kind.PERIODIC, 1)
    assert snapshot.cells() == colors_of(board).tobytes()


def test_new_players_have_neither_account_nor_device_nor_cooldown(run, csv_file, board, player):
    run("import_board", "small", csv_file(row(1, "ann", RED, 1, 2), row(2, player.name, RED, 2, 2)))

    ann = Player.objects.get(name="ann")
    assert (ann.user, ann.token_hash, ann.ready_at) == (None, None, None)
    player.refresh_from_db()
    assert player.ready_at is None
    assert Player.objects.count() == 2


def test_a_row_without_a_name_is_nobodys(run, csv_file, board):
    run("import_board", "small", csv_file(row(1, "", RED, 1, 2)))
    assert Update.objects.get().player is None


def test_a_log_continues_where_the_board_is(run, csv_file, board, player):
    with ledger.locked(board.pk) as locked:
        locked.append([Entry(1, 2, 4, player.pk, timezone.now()), Entry(0, 0, 3, player.pk, timezone.now())])

    said = run("import_board", "small", csv_file(row(1, "ann", RED, 1, 2)))

    update = Update.objects.get(seq=3)
    assert (update.previous_color, update.player.name) == (4, "ann")
    assert sorted(Pixel.objects.values_list("x", "y", "seq")) == [(0, 0, 2), (1, 2, 3)]
    assert "seq 3 to 3" in said
    with ledger.locked(board.pk) as locked:
        locked.append([Entry(1, 2, 1, player.pk, timezone.now())])
    assert Update.objects.get(seq=4).previous_color == update.color


def test_what_a_file_is_called_does_not_matter(run, csv_file, board):
    run("import_board", "small", csv_file(row(1, "ann", RED, 1, 2), name="log.png", zipped=True))
    assert Update.objects.count() == 1


def test_rows_out_of_order_are_sorted_by_time_and_keep_their_order_within_it(run, csv_file, board):
    rows = [row(9, "late", RED, 1, 1), row(1, "first", RED, 1, 1), row(1, "second", RED, 1, 1)]

    said = run("import_board", "small", csv_file(*rows))

    assert list(Update.objects.order_by("seq").values_list("player__name", flat=True)) == ["first", "second", "late"]
    assert "have been sorted" in said


def test_rows_out_of_order_can_stay_so(run, csv_file, board):
    run("import_board", "small", csv_file(row(9, "late", RED, 1, 1), row(1, "first", RED, 1, 1)), "--keep-order")
    assert list(Update.objects.order_by("seq").values_list("player__name", flat=True)) == ["late", "first"]


def test_more_rows_than_go_at_once_are_all_there(run, csv_file, board, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 7)
    monkeypatch.setattr(bulk, "LOOKUP", 3)

    run("import_board", "small", csv_file(*(row(i, f"p{i % 11}", RED, i % 8, i % 6) for i in range(50))))

    assert list(Update.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 51))
    assert Player.objects.count() == 11
    assert "all agree" in run("verify_board", "small")


def test_a_rectangle_is_as_many_updates_as_it_has_cells(run, csv_file, board):
    run("import_board", "small", csv_file(f'2022-04-01 12:00:00 UTC,mod,{RED},"1,2,3,3"'))

    assert list(Update.objects.order_by("seq").values_list("x", "y")) == [
        (1, 2), (2, 2), (3, 2), (1, 3), (2, 3), (3, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(("written", "milliseconds"), [("", 0), (".3", 300), (".31", 310), (".315499", 315)])
def test_fractions_of_a_second_may_be_short(run, csv_file, board, written, milliseconds):
    run("import_board", "small", csv_file(f'2022-04-01 12:00:00{written} UTC,ann,{RED},"1,2"'))
    assert Update.objects.get().placed_at.microsecond == milliseconds * 1000


def test_lower_case_colors_are_the_same_colors(run, csv_file, board):
    run("import_board", "small", csv_file(row(1, "ann", RED.lower(), 1, 2)))
    assert Update.objects.get().color == 5


class TestNewBoard:
    def test_its_size_is_the_largest_coordinate_rounded_up(self, run, csv_file):
        run("import_board", "new", csv_file(row(1, "ann", "#FF4500", 99, 100)))
        assert Board.objects.values_list("slug", "width", "height").get() == ("new", 100, 200)

    def test_its_size_can_be_given(self, run, csv_file):
        run("import_board", "new", csv_file(row(1, "ann", "#FF4500", 9, 3)), width=10, height=4)
        assert Board.objects.values_list("width", "height").get() == (10, 4)

    def test_a_coordinate_outside_of_the_given_size_is_refused(self, run, csv_file):
        with pytest.raises(CommandError, match=r"log\.csv:2: The coordinate '10,3' is outside"):
            run("import_board", "new", csv_file(row(1, "ann", "#FF4500", 10, 3)), width=10, height=4)
        assert not Board.objects.exists()

    @pytest.mark.parametrize(
        ("color", "palette"),
        [("#FF4500", REDDIT_2022), ("#FFFFFF", REDDIT_2022), ("#E50000", REDDIT_2017)],
    )
    def test_its_palette_is_reddits_where_that_has_all_colors(self, run, csv_file, color, palette):
        run("import_board", "new", csv_file(row(1, "ann", color, 1, 1)))
        assert Board.objects.get().info().palette == palette

    def test_else_its_palette_is_the_logs_own_with_white_first(self, run, csv_file):
        rows = [row(1, "ann", color, 1, 1) for color in ("#123456", "#FFFFFF", "#654321")]
        run("import_board", "new", csv_file(*rows))
        assert [color["hex"] for color in Board.objects.get().palette] == ["#FFFFFF", "#123456", "#654321"]
        assert list(Update.objects.order_by("seq").values_list("color", flat=True)) == [1, 0, 2]

    def test_a_single_color_gets_white_to_be_painted_on(self, run, csv_file):
        run("import_board", "new", csv_file(row(1, "ann", "#123456", 1, 1)))
        assert [color["hex"] for color in Board.objects.get().palette] == ["#FFFFFF", "#123456"]

    def test_more_colors_than_a_palette_has_are_refused(self, run, csv_file):
        rows = [row(1, "ann", f"#0000{i:02X}" if i < 256 else "#010000", 1, 1) for i in range(257)]
        with pytest.raises(CommandError, match=r"log\.csv:258: .* one too many"):
            run("import_board", "new", csv_file(*rows))

    def test_a_bad_slug_is_refused(self, run, csv_file):
        with pytest.raises(CommandError, match="'no slug' cannot be made"):
            run("import_board", "no slug", csv_file(row(1, "ann", "#FF4500", 1, 1)))

    def test_a_failure_while_writing_leaves_neither_board_nor_player(self, run, csv_file, monkeypatch):
        def fails(*args, **kwargs):
            raise RuntimeError("disk full")

        monkeypatch.setattr(bulk, "put_pixels", fails)
        with pytest.raises(RuntimeError):
            run("import_board", "new", csv_file(row(1, "ann", "#FF4500", 1, 1)))
        assert not Board.objects.exists()
        assert not Player.objects.exists()


GOOD = row(1, "ann", RED, 1, 2)


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        (row(1, "ann", "#FF4500", 1, 2), "The colour #FF4500 is not in the board's palette"),
        (row(1, "ann", "red", 1, 2), "A colour is like #FF4500, not 'red'"),
        (row(1, "ann", RED, 8, 2), "The coordinate '8,2' is outside of the board, which has 8×6 cells"),
        (row(1, "ann", RED, 1, -1), "The coordinate '1,-1' is outside"),
        (row(1, "ann", RED, 1, "2.5"), "A coordinate is like"),
        (row(1, "ann", RED, 1, "2,3"), "A coordinate is like"),
        (row(1, "ann", RED, 1, "2,8,3"), "is outside"),
        (row(1, "ann", RED, 3, "2,1,3"), "top left corner"),
        (row(1, "ann", RED, "{X: 1", " Y: 2, R: 3}"), "A coordinate is like"),
        (row(1, "a" * 101, RED, 1, 2), "at most 100 characters"),
        (f'2022-13-01 12:00:00.315 UTC,ann,{RED},"1,2"', "A timestamp is like"),
        (f'yesterday,ann,{RED},"1,2"', "A timestamp is like"),
        (f'2022-04-01 12:00:00.315,ann,{RED},"1,2"', "A timestamp ends like"),
        (f'2022-04-01 12:00:00.315 CET,ann,{RED},"1,2"', "A timestamp ends like"),
        (f"2022-04-01 12:00:00.315 UTC,ann,{RED},1,2", "A row has 4 fields, this one has 5"),
        ("", "A row has 4 fields, this one has 0"),
        (f'2022-04-01 12:00:00.315 UTC,"ann"x,{RED},"1,2"', "This is not CSV"),
        (f'2022-04-01 12:00:00.315 UTC,"ann,{RED},"1,2"', "This is not CSV"),
        (row(1, "a\0nn", RED, 1, 2), "NUL byte"),
    ],
)
def test_the_first_bad_row_is_told_and_nothing_is_imported(run, csv_file, board, bad, found):
    with pytest.raises(CommandError) as caught:
        run("import_board", "small", csv_file(GOOD, GOOD, bad, GOOD, row(1, "ann", "#000000", 99, 99)))

    assert "log.csv:4: " in str(caught.value)
    assert found in str(caught.value)
    assert "Nothing was imported." in str(caught.value)
    assert not Update.objects.exists()
    assert not Player.objects.exists()


def test_a_row_after_a_name_of_two_lines_has_the_right_number(run, csv_file, board):
    rows = (row(1, '"two\nlines"', RED, 1, 2), row(1, "ann", RED, 9, 9))
    with pytest.raises(CommandError, match=r"log\.csv:4: "):
        run("import_board", "small", csv_file(*rows))


def test_a_quote_that_is_never_closed_is_told_where_it_opens(run, csv_file, board):
    rows = [GOOD, f'2022-04-01 12:00:00.315 UTC,"ann,{RED},1', *["x" * 1000] * 200]
    with pytest.raises(CommandError, match=r"log\.csv:3: This is not CSV"):
        run("import_board", "small", csv_file(*rows))


def test_text_that_is_not_utf8_is_told(run, tmp_path, csv_file, board):
    path = csv_file(GOOD)
    path.write_bytes(path.read_bytes() + b"\xff\xfe\n")
    with pytest.raises(CommandError, match=r"log\.csv:3: This line is not UTF-8"):
        run("import_board", "small", path)


@pytest.mark.parametrize("header", ["timestamp,user,coordinate,pixel_color", "", "\x01\x02"])
def test_another_layout_is_told(run, csv_file, board, header):
    with pytest.raises(CommandError, match=r"log\.csv:1: The first line must be timestamp,user_id"):
        run("import_board", "small", csv_file(GOOD, header=header))


def test_a_file_without_line_ends_does_not_fill_the_memory(run, tmp_path, board):
    path = tmp_path / "zeros.csv.gz"
    path.write_bytes(gzip.compress(b"x" * (imports_files.MAX_LINE * 50)))
    with pytest.raises(CommandError, match=r"zeros\.csv\.gz:1: This line is longer than"):
        run("import_board", "small", path)


def test_a_truncated_gzip_file_is_told_and_nothing_is_imported(run, csv_file, board):
    path = csv_file(*(row(i % 60, f"p{i * 7919 % 4000}", RED, i % 8, i % 6) for i in range(4000)), zipped=True)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(CommandError, match=r"log\.csv:\d+: The file is damaged or cut off here"):
        run("import_board", "small", path)
    assert not Update.objects.exists()


def test_a_damaged_gzip_file_is_told(run, csv_file, board):
    path = csv_file(GOOD, zipped=True)
    path.write_bytes(path.read_bytes()[:10] + b"\xff" * 30)
    with pytest.raises(CommandError, match=r"log\.csv:1: The file is damaged"):
        run("import_board", "small", path)


@pytest.mark.parametrize(("content", "found"), [(b"", "The file is empty"), (None, "The file cannot be read: No such")])
def test_no_file_and_an_empty_file_are_told(run, tmp_path, board, content, found):
    path = tmp_path / "log.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=found):
        run("import_board", "small", path)


def test_a_header_alone_is_told(run, csv_file, board):
    with pytest.raises(CommandError, match="a header and no rows"):
        run("import_board", "small", csv_file())


def test_a_size_that_is_not_the_boards_is_refused(run, csv_file, board):
    with pytest.raises(CommandError, match="Board small is 8×6"):
        run("import_board", "small", csv_file(GOOD), width=9)


def test_a_failure_while_writing_leaves_nothing(run, csv_file, board, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr(bulk, "put_pixels", fails)
    with pytest.raises(RuntimeError):
        run("import_board", "small", csv_file(GOOD))
    board.refresh_from_db()
    assert (board.seq, Update.objects.count(), Player.objects.count(), Snapshot.objects.count()) == (0, 0, 0, 0)


def test_a_board_that_changes_while_the_file_is_read_is_refused(run, csv_file, board, monkeypatch):
    read = imports_rows.read

    def slowly(*args, **kwargs):
        log = read(*args, **kwargs)
        Board.objects.update(width=7)
        return log

    monkeypatch.setattr(imports_rows, "read", slowly)
    with pytest.raises(CommandError, match="was changed while the file was read"):
        run("import_board", "small", csv_file(GOOD))
    assert not Update.objects.exists()
