"""import_board with pictures."""

import gzip
import io
import struct
import zlib

import numpy as np
import pytest
from django.core.management import CommandError
from django.utils import timezone
from PIL import Image

from canvas.actions import boards, exports
from canvas.engine import ledger
from canvas.engine.ledger import Entry
from canvas.models import Board, Pixel, Snapshot
from canvas.models.snapshot import Kind
from canvas.rules.palettes import REDDIT_2017, REDDIT_2022, check_palette

WHITE, RED, CLEAR = (255, 255, 255), (229, 0, 0), (229, 0, 0, 0)  # red of 2017, colour 5


def cells(board):
    return list(exports.body_of(board).cells)


def picture(color=WHITE, width=8, height=6):
    return np.full((height, width, len(color)), color, dtype=np.uint8)


@pytest.fixture
def announced(monkeypatch):
    told = []
    monkeypatch.setattr("canvas.actions.site.board_changed", told.append)
    return told


class TestNewBoard:
    def test_it_has_the_pictures_size_and_cells(self, run, png_file):
        pixels = picture(width=3, height=2)
        pixels[1, 2] = RED
        said = run("import_board", "new", png_file(pixels))

        board = Board.objects.get(slug="new")
        assert (board.width, board.height, board.seq) == (3, 2, 0)
        assert cells(board) == [0, 0, 0, 0, 0, 5]
        assert "Imported 6 cells as the baseline of new board new: 3×2, 16 colours, seq 0." in said

    @pytest.mark.parametrize(
        ("color", "palette"), [(WHITE, REDDIT_2017), (RED, REDDIT_2017), ((255, 69, 0), REDDIT_2022)]
    )
    def test_its_palette_is_reddits_smallest_that_has_all_colors(self, run, png_file, color, palette):
        run("import_board", "new", png_file(picture(color)))
        assert Board.objects.get(slug="new").info().palette == palette

    def test_else_its_palette_is_the_pictures_own_with_white_first(self, run, png_file):
        pixels = picture((1, 2, 3), width=3, height=1)
        pixels[0, 1], pixels[0, 2] = (4, 5, 6), WHITE
        run("import_board", "new", png_file(pixels))

        board = Board.objects.get(slug="new")
        assert [color.hex for color in board.info().palette] == ["#FFFFFF", "#010203", "#040506"]
        assert cells(board) == [1, 2, 0]

    def test_an_indexed_pictures_palette_keeps_its_order_and_what_it_does_not_use(self, run, tmp_path):
        image = Image.fromarray(np.array([[1, 2], [1, 2]], dtype=np.uint8), mode="P")
        image.putpalette([9, 9, 9, 1, 2, 3, 4, 5, 6])
        image.save(tmp_path / "indexed.png")
        run("import_board", "new", tmp_path / "indexed.png")

        board = Board.objects.get(slug="new")
        assert [color.hex for color in board.info().palette] == ["#090909", "#010203", "#040506"]
        assert cells(board) == [1, 2, 1, 2]

    def test_a_single_color_gets_white_to_be_painted_on(self, run, png_file):
        run("import_board", "new", png_file(picture((1, 2, 3))))
        assert [color.hex for color in Board.objects.get(slug="new").info().palette] == ["#FFFFFF", "#010203"]

    def test_more_colors_than_a_palette_has_are_refused(self, run, png_file):
        pixels = picture(width=257, height=1)
        pixels[0, :, 0], pixels[0, :, 1] = np.arange(257) % 256, np.arange(257) // 256
        with pytest.raises(CommandError, match="The picture has 257 colours, a board has at most 256"):
            run("import_board", "new", png_file(pixels))
        assert not Board.objects.exists()

    def test_gray_and_sixteen_bits_are_read(self, run, tmp_path):
        Image.fromarray(np.full((2, 2), 0xFFFF, dtype=np.uint16)).save(tmp_path / "deep.png")
        run("import_board", "deep", tmp_path / "deep.png")
        Image.new("1", (2, 2), 1).save(tmp_path / "bits.png")
        run("import_board", "bits", tmp_path / "bits.png")

        assert [cells(board) for board in Board.objects.all()] == [[0] * 4, [0] * 4]

    def test_an_exported_board_comes_back_with_the_same_indexes(self, run, tmp_path, player):
        palette = check_palette({"name": str(index), "hex": f"#0000{index:02X}"} for index in range(1, 21))
        board = boards.create(slug="first", width=4, height=3, palette=palette)
        with ledger.locked(board.pk) as locked:
            locked.append([Entry(i % 4, i // 4, i, player.pk, timezone.now()) for i in range(12)])
        run("export_board", "first", output=str(tmp_path / "first.png"))
        run("import_board", "second", tmp_path / "first.png")

        second = Board.objects.get(slug="second")
        assert cells(second) == list(range(12))
        assert [color.hex for color in second.info().palette] == [color.hex for color in palette]


class TestBoardThatExists:
    def test_it_shows_the_picture_from_its_present_seq_on(self, run, png_file, board, player, announced):
        with ledger.locked(board.pk) as locked:
            locked.append([Entry(1, 2, 3, player.pk, timezone.now())])
        said = run("import_board", "small", png_file(picture(RED)))

        board.refresh_from_db()
        assert cells(board) == [5] * 48
        assert (board.seq, board.baseline.seq, board.revision) == (1, 1, 2)
        assert not Pixel.objects.exists()
        archive = Snapshot.objects.get(kind=Kind.ARCHIVE)
        assert archive.cells()[2 * 8 + 1] == 3
        assert f"--snapshot {archive.pk}" in said
        assert announced == [board.pk]

    def test_a_board_that_nobody_painted_is_not_kept(self, run, png_file, board):
        run("import_board", "small", png_file(picture(RED)))
        assert not Snapshot.objects.filter(kind=Kind.ARCHIVE).exists()
        run("import_board", "small", png_file(picture(WHITE)))
        assert Snapshot.objects.filter(kind=Kind.ARCHIVE).get().cells() == bytes([5]) * 48

    def test_players_go_on_from_there(self, run, png_file, board, player):
        run("import_board", "small", png_file(picture(RED)))
        with ledger.locked(board.pk) as locked:
            locked.append([Entry(1, 2, 3, player.pk, timezone.now())])
        assert board.update_set.get().previous_color == 5
        assert "all agree" in run("verify_board", "small")

    def test_transparent_pixels_are_untouched_cells(self, run, png_file, board):
        pixels = picture((*RED, 255))
        pixels[0, 0], pixels[0, 1] = CLEAR, (1, 1, 1, 127)
        run("import_board", "small", png_file(pixels))
        assert cells(board)[:3] == [0, 0, 5]

    def test_another_size_is_refused(self, run, png_file, board, announced):
        with pytest.raises(CommandError, match="The picture is 9×6, board small is 8×6"):
            run("import_board", "small", png_file(picture(RED, width=9)))
        assert not Snapshot.objects.exists()
        assert announced == []

    def test_the_first_unknown_color_is_told_with_its_cell(self, run, png_file, board):
        pixels = picture(RED)
        pixels[4, 3], pixels[5, 0] = (1, 2, 3), (0, 0, 1)
        with pytest.raises(CommandError, match=r"The colour #010203 at \(3, 4\) is not in the board's palette"):
            run("import_board", "small", png_file(pixels))
        assert not Snapshot.objects.exists()

    def test_options_of_a_log_are_refused(self, run, png_file, board):
        with pytest.raises(CommandError, match="leave out --width"):
            run("import_board", "small", png_file(picture(RED)), width=8)


def png_of_size(width, height):
    """A PNG that only claims its size: what comes after its header is nothing."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))


@pytest.mark.parametrize("size", [(4097, 1), (60_000, 2_000), (60_000, 60_000)])
def test_a_picture_larger_than_a_board_is_refused_before_it_is_unpacked(run, tmp_path, size):
    (tmp_path / "huge.png").write_bytes(png_of_size(*size))
    with pytest.raises(CommandError, match=r"huge\.png: .*(from 1×1 to 4096×4096|far larger than any board)"):
        run("import_board", "new", tmp_path / "huge.png")


def test_a_truncated_picture_is_refused(run, tmp_path, board):
    out = io.BytesIO()
    Image.effect_noise((8, 6), 50).save(out, "PNG")
    (tmp_path / "cut.png").write_bytes(out.getvalue()[:-30])
    with pytest.raises(CommandError, match=r"cut\.png: The picture is damaged or cut off"):
        run("import_board", "small", tmp_path / "cut.png")


def test_a_damaged_picture_is_refused(run, tmp_path, board):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    with pytest.raises(CommandError, match=r"bad\.png: .*(damaged|not a PNG)"):
        run("import_board", "small", tmp_path / "bad.png")


def test_a_gzipped_picture_is_told(run, tmp_path, png_file, board):
    (tmp_path / "p.png.gz").write_bytes(gzip.compress(png_file(picture(RED)).read_bytes()))
    with pytest.raises(CommandError, match="unpack it with gunzip first"):
        run("import_board", "small", tmp_path / "p.png.gz")


def test_a_failure_while_writing_leaves_no_board(run, png_file, monkeypatch):
    def fails(board, cells):
        raise RuntimeError("disk full")

    monkeypatch.setattr(boards, "rebase", fails)
    with pytest.raises(RuntimeError):
        run("import_board", "new", png_file(picture(RED)))
    assert not Board.objects.exists()
