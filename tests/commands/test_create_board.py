"""create_board and reset_board."""

import json

import pytest
from django.core.management import CommandError
from django.db import OperationalError

from canvas.actions import exports
from canvas.engine import ledger
from canvas.engine.ledger import Entry
from canvas.models import Board, Snapshot
from canvas.models.snapshot import Kind
from canvas.rules.palettes import REDDIT_2017, as_json


def test_it_makes_the_board_that_was_asked_for(run):
    said = run("create_board", "event", width=20, height=10, palette="reddit2017", cooldown=0, title="An event")

    board = Board.objects.get()
    assert (board.slug, board.title, board.width, board.height, board.cooldown) == ("event", "An event", 20, 10, 0)
    assert board.palette == as_json(REDDIT_2017)
    assert "Made 1 board: event, 20×10 cells, 16 colours, no cooldown, at /b/event/" in said


def test_it_takes_a_palette_from_a_file(run, tmp_path):
    file = tmp_path / "palette.json"
    file.write_text(json.dumps([{"name": "paper", "hex": "#fffff0"}, {"name": "ink", "hex": "#000033"}]))

    run("create_board", "event", palette=str(file))

    assert [color["hex"] for color in Board.objects.get().palette] == ["#FFFFF0", "#000033"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('[\n{"name": "paper"\n', "palette.json:3: This is not JSON"),
        ('{"name": "paper"}', "must be a list"),
        ('[{"name": "paper", "hex": "white"}]', "needs a hex value"),
        ('[{"name": "paper", "hex": "#FFFFFF"}]', "from 2 to 256 colours"),
    ],
)
def test_it_says_what_is_wrong_with_a_palette(run, tmp_path, content, found):
    file = tmp_path / "palette.json"
    file.write_text(content)

    with pytest.raises(CommandError, match=found):
        run("create_board", "event", palette=str(file))
    assert not Board.objects.exists()


def test_it_says_which_palettes_there_are(run):
    with pytest.raises(CommandError, match="no file 'reddit2023'; choose reddit2017 or reddit2022"):
        run("create_board", "event", palette="reddit2023")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"width": 5000}, "from 1×1 to 4096×4096"),
        ({"cooldown": -1}, "cooldown is from 0"),
        ({"slug": "a b"}, "slug: Enter a valid"),
        ({"slug": "small"}, "slug: Board with this Slug already exists"),
        ({"slug": None}, "Give the new board a slug"),
        ({"default": True}, "not both"),
    ],
)
def test_it_refuses_a_board_that_cannot_be(run, board, options, found):
    options = {"slug": "event", **options}

    with pytest.raises(CommandError, match=found):
        run("create_board", **options)
    assert Board.objects.count() == 1


def test_the_default_board_is_made_once(run):
    assert "Made 1 board: main, 1000×1000" in run("create_board", "--default")
    assert "Made 0 boards: there is one already (main)." in run("create_board", "--default")


def test_without_tables_it_says_what_to_do(run, monkeypatch):
    def broken():
        raise OperationalError("no such table: canvas_board")

    monkeypatch.setattr("canvas.actions.boards.create_default", broken)
    with pytest.raises(CommandError, match=r"has `manage\.py migrate` run"):
        run("create_board", "--default")


@pytest.fixture
def painted(board, player):
    with ledger.locked(board.pk) as locked:
        locked.append([Entry(1, 2, 3, player.pk, player.first_seen)])
    return board


def test_a_reset_says_where_the_board_is_kept(run, painted):
    said = run("reset_board", "small", "--yes")

    archive = Snapshot.objects.get(kind=Kind.ARCHIVE)
    assert "Reset 1 board, small, at seq 1." in said
    assert f"export_board small --snapshot {archive.pk} --output small-1.png" in said
    painted.refresh_from_db()
    assert exports.body_of(painted).cells == bytes(8 * 6)


def test_a_reset_asks_for_the_slug(run, painted, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "small")
    assert "Reset 1 board" in run("reset_board", "small")


@pytest.mark.parametrize("typed", ["", "yes", "smal"])
def test_a_reset_without_the_slug_changes_nothing(run, painted, monkeypatch, typed):
    monkeypatch.setattr("builtins.input", lambda prompt: typed)
    with pytest.raises(CommandError, match="nothing was changed"):
        run("reset_board", "small")
    assert not Snapshot.objects.exists()


def test_a_reset_without_a_terminal_changes_nothing(run, painted, monkeypatch):
    def closed(prompt):
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    with pytest.raises(CommandError, match="say --yes"):
        run("reset_board", "small")


def test_an_unknown_board_is_told_with_those_there_are(run, board):
    with pytest.raises(CommandError, match="There is no board 'large'; there are: small"):
        run("reset_board", "large", "--yes")


def test_a_reset_that_cannot_be_told_is_done_all_the_same(run, painted, monkeypatch, caplog):
    class Down:
        async def group_send(self, group, message):
            raise ConnectionError("refused")

    monkeypatch.setattr("canvas.actions.site.get_channel_layer", Down)
    assert "Reset 1 board" in run("reset_board", "small", "--yes")
    assert "The channel layer does not answer" in caplog.text
