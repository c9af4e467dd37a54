"""export_board, and what an export is worth: that it comes back the same."""

import datetime
import gzip
import os
import secrets
import stat

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from canvas.actions import boards, exports
from canvas.engine import ledger, loading
from canvas.engine.ledger import Entry
from canvas.models import Board, Player, Snapshot
from canvas.rules import wire
from canvas.rules.palettes import REDDIT_2017, as_json
from tests.commands.conftest import HEADER, row

RED = "#E50000"


@pytest.fixture
def painted(run, csv_file, board):
    run(
        "import_board",
        "small",
        csv_file(row(1, "ann", RED, 1, 2), row(2, "", RED, 7, 5), row(3, '"b ""x"", c"', RED, 0, 0)),
    )
    board.refresh_from_db()
    return board


def test_a_png_shows_the_board_with_its_palette(run, painted, tmp_path):
    said = run("export_board", "small", output=str(tmp_path / "out.png"))

    with Image.open(tmp_path / "out.png") as image:
        assert (image.mode, image.size) == ("P", (8, 6))
        assert image.getpalette()[: 16 * 3] == [part for color in REDDIT_2017 for part in color.rgb]
        assert np.asarray(image).tobytes() == exports.body_of(painted).cells
    assert f"Exported 48 cells at seq 3 of board small to {tmp_path}/out.png." in said


def test_raw_is_the_protocols_snapshot(run, painted, tmp_path):
    run("export_board", "small", output=str(tmp_path / "out.raw"))
    body = wire.decode_snapshot((tmp_path / "out.raw").read_bytes())
    assert (body.width, body.height, body.seq, body.revision) == (8, 6, 3, 1)
    assert body.cells[2 * 8 + 1] == 5


def test_csv_is_the_log_in_the_layout_of_2022(run, painted, tmp_path):
    said = run("export_board", "small", output=str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_bytes().decode() == (
        f"{HEADER}\n"
        f'2022-04-01 12:00:01.315 UTC,ann,{RED},"1,2"\n'
        f'2022-04-01 12:00:02.315 UTC,,{RED},"7,5"\n'
        f'2022-04-01 12:00:03.315 UTC,"b ""x"", c",{RED},"0,0"\n'
    )
    assert "Exported 3 updates of board small" in said


def test_a_log_longer_than_a_chunk_is_all_there(run, painted, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "CHUNK", 2)
    run("export_board", "small", output=str(tmp_path / "out.csv"))
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 4


def test_gz_at_the_end_zips_the_log_and_the_same_log_gives_the_same_bytes(run, painted, tmp_path):
    run("export_board", "small", output=str(tmp_path / "out.csv"))
    run("export_board", "small", output=str(tmp_path / "a.csv.gz"))
    run("export_board", "small", output=str(tmp_path / "b.csv.gz"))
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == (tmp_path / "out.csv").read_bytes()
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


def test_an_archive_snapshot_can_be_exported(run, painted, tmp_path):
    before = exports.body_of(painted).cells
    archive = boards.reset("small")
    run("export_board", "small", output=str(tmp_path / "out.png"), snapshot=archive.pk)
    with Image.open(tmp_path / "out.png") as image:
        assert np.asarray(image).tobytes() == before


def test_an_unknown_snapshot_is_told_with_those_there_are(run, painted, tmp_path):
    archive = boards.reset("small")
    with pytest.raises(CommandError, match=rf"no snapshot 999\. It has: .*{archive.pk} \(archive at seq 3\)"):
        run("export_board", "small", output=str(tmp_path / "out.png"), snapshot=999)


def test_a_corrupt_snapshot_is_told_and_leaves_no_file(run, painted, tmp_path):
    archive = boards.reset("small")
    Snapshot.objects.filter(pk=archive.pk).update(checksum=1)
    with pytest.raises(CommandError, match="does not match its checksum"):
        run("export_board", "small", output=str(tmp_path / "out.png"), snapshot=archive.pk)
    assert list(tmp_path.glob("*out*")) == list(tmp_path.glob(".*out*")) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"output": "out.gif"}, "Say --format png, raw, csv"),
        ({"output": "-"}, "Say --format png, raw, csv"),
        ({"output": "out.png.gz"}, "leave out the .gz"),
    ],
)
def test_a_name_that_says_nothing_is_told(run, painted, options, found):
    with pytest.raises(CommandError, match=found):
        run("export_board", "small", **options)


def test_a_snapshot_is_no_log(run, painted, tmp_path):
    with pytest.raises(CommandError, match="A snapshot is a picture"):
        run("export_board", "small", output=str(tmp_path / "o.csv"), snapshot=painted.snapshots.get().pk)


@pytest.mark.parametrize("name", ["out.png", "out.csv", "out.csv.gz", "out.raw"])
def test_a_disk_error_leaves_what_was_there_before(run, painted, tmp_path, monkeypatch, name):
    (tmp_path / name).write_text("before")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports.os, "fsync", full)
    with pytest.raises(CommandError, match="No space left on device"):
        run("export_board", "small", output=str(tmp_path / name))
    assert (tmp_path / name).read_text() == "before"
    assert list(tmp_path.glob("*.part")) == []


def test_an_error_halfway_leaves_no_file(run, painted, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "CHUNK", 1)
    written = []

    def fails_later(moment):
        written.append(moment)
        if len(written) == 3:
            raise OSError(5, "Input/output error")
        return "x"

    monkeypatch.setattr(exports, "timestamp", fails_later)
    with pytest.raises(CommandError, match="Input/output error"):
        run("export_board", "small", output=str(tmp_path / "out.csv"))
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_a_folder_that_is_not_there_is_told(run, painted, tmp_path):
    with pytest.raises(CommandError, match="No such file or directory"):
        run("export_board", "small", output=str(tmp_path / "nowhere" / "out.png"))


def test_a_new_file_may_be_read_as_the_umask_says(run, painted, tmp_path):
    before = os.umask(0o027)
    try:
        run("export_board", "small", output=str(tmp_path / "out.png"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.png").stat().st_mode) == 0o640


def test_a_device_is_written_and_not_replaced(run, painted):
    run("export_board", "small", "--format", "png", output="/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_stdout_gets_the_bytes_alone(run, painted, capsysbinary):
    said = run("export_board", "small", "--format", "csv", output="-")
    assert capsysbinary.readouterr().out.startswith(HEADER.encode())
    assert said == ""


def test_a_palette_that_has_become_shorter_is_told(run, painted, tmp_path):
    Board.objects.update(palette=as_json(REDDIT_2017[:4]))
    for name in ("out.csv", "out.png"):
        with pytest.raises(CommandError, match="has colour 5, the palette of board small only 4"):
            run("export_board", "small", output=str(tmp_path / name))


def test_a_log_that_does_not_tell_everything_is_exported_with_a_warning(painted, tmp_path, capsys):
    boards.reset("small")
    call_command("export_board", "small", output=str(tmp_path / "out.csv"))
    assert "the log alone does not give what it shows" in capsys.readouterr().err


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 59),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
            st.integers(0, 15),
            st.integers(0, 7),
            st.integers(0, 5),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_a_log_that_is_exported_imported_and_exported_again_is_the_same_to_the_byte(run, tmp_path, rows):
    first, second = (f"{secrets.token_hex(4)}" for _ in range(2))
    board, copy = (boards.create(slug=slug, width=8, height=6, palette=REDDIT_2017) for slug in (first, second))
    ids = {name: Player.objects.get_or_create(name=name)[0].pk for _, name, *_ in rows if name}
    noon = datetime.datetime(2026, 4, 1, 12, 0, 0, 7000, tzinfo=datetime.UTC)
    with ledger.locked(board.pk) as locked:
        locked.append(
            [
                Entry(x, y, color, ids.get(name), noon + datetime.timedelta(seconds=second))
                for second, name, color, x, y in rows
            ]
        )

    run("export_board", first, output=str(tmp_path / "first.csv.gz"))
    run("import_board", second, tmp_path / "first.csv.gz", "--keep-order")
    run("export_board", second, output=str(tmp_path / "second.csv.gz"))

    assert (tmp_path / "second.csv.gz").read_bytes() == (tmp_path / "first.csv.gz").read_bytes()
    copy.refresh_from_db()
    assert exports.body_of(copy).cells == exports.body_of(board).cells
    assert "all agree" in run("verify_board", second)
