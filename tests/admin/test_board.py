"""Boards through the admin: made, changed and reset by the verbs, so that open pages learn of it."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from canvas.actions import boards
from canvas.actions import site as process
from canvas.engine import ledger
from canvas.engine.ledger import Entry
from canvas.models import Board, Pixel, Snapshot
from canvas.rules.palettes import REDDIT_2017, REDDIT_2022, as_json

ADD = reverse("admin:canvas_board_add")
LIST = reverse("admin:canvas_board_changelist")


@pytest.fixture
def told(monkeypatch):
    """The boards that every process was told of."""
    told = []
    monkeypatch.setattr(process, "board_changed", told.append)
    return told


def fields(**changed):
    return {
        "title": "small",
        "palette": json.dumps(as_json(REDDIT_2017)),
        "cooldown": "300",
        "state": "open",
        "opens_at_0": "",
        "opens_at_1": "",
        "closes_at_0": "",
        "closes_at_1": "",
        **changed,
    }


def post(admin_client, board, **changed):
    return admin_client.post(reverse("admin:canvas_board_change", args=[board.pk]), fields(**changed))


def errors(response):
    assert response.status_code == 200
    return {name: " ".join(texts) for name, texts in response.context["adminform"].form.errors.items()}


@pytest.mark.parametrize(
    ("changed", "name", "value"),
    [
        ({"cooldown": "5"}, "cooldown", 5),
        ({"cooldown": "0"}, "cooldown", 0),
        ({"state": "frozen"}, "state", "frozen"),
        ({"title": "Größer"}, "title", "Größer"),
        ({"palette": json.dumps(as_json(REDDIT_2022))}, "palette", as_json(REDDIT_2022)),
    ],
)
def test_a_changed_setting_raises_the_revision_and_is_told_after_the_commit(
    admin_client, board, told, django_capture_on_commit_callbacks, changed, name, value
):
    with django_capture_on_commit_callbacks(execute=True):
        response = post(admin_client, board, **changed)
        assert told == []

    assert response.status_code == 302
    board.refresh_from_db()
    assert getattr(board, name) == value
    assert board.revision == 2
    assert told == [board.pk]


def test_saving_without_a_change_tells_nobody(admin_client, board, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert post(admin_client, board).status_code == 302

    board.refresh_from_db()
    assert board.revision == 1
    assert told == []


def test_only_what_changed_is_written(admin_client, board, monkeypatch):
    """A pixel placed between the reading of the row and its writing must keep its seq."""
    change = boards.change

    def change_after_a_placement(board, **settings):
        assert set(settings) == {"cooldown"}
        Board.objects.filter(pk=board.pk).update(seq=9, state="frozen")
        change(board, **settings)

    monkeypatch.setattr(boards, "change", change_after_a_placement)
    post(admin_client, board, cooldown="7")

    board.refresh_from_db()
    assert (board.seq, board.cooldown, board.state) == (9, 7, "frozen")


def test_slug_and_size_are_settled_at_creation(admin_client, board):
    post(admin_client, board, slug="other", width="100", height="100", seq="50", revision="9", title="New")

    board.refresh_from_db()
    assert (board.slug, board.width, board.height, board.seq, board.title) == ("small", 8, 6, 0, "New")


@pytest.mark.parametrize(
    "palette",
    [
        "",
        "null",
        "5",
        "[]",
        "{}",
        '{"name": "white", "hex": "#FFFFFF"}',
        '"white"',
        "[1, 2]",
        "not json",
        '[{"name": "white", "hex": "#FFFFFF"}]',
        '[{"name": "white", "hex": "#FFFFFF"}, {"name": "also white", "hex": "#ffffff"}]',
        '[{"name": "white", "hex": "#FFFFFF"}, {"name": "black", "hex": "black"}]',
        '[{"name": "white", "hex": "#FFFFFF"}, {"name": "", "hex": "#000000"}]',
        '[{"name": "white", "hex": "#FFFFFF"}, {"name": "a\\u0000b", "hex": "#000000"}]',
        '[{"name": "white", "hex": "#FFFFFF"}, {"name": "\\ud800", "hex": "#000000"}]',
        '[{"name": "white", "hex": "#FFFFFF"}, {"name": "red\\nblue", "hex": "#000000"}]',
    ],
)
def test_what_is_no_palette_is_an_error_in_the_form(admin_client, board, told, palette):
    assert "palette" in errors(post(admin_client, board, palette=palette))
    board.refresh_from_db()
    assert board.palette == as_json(REDDIT_2017)
    assert told == []


def test_a_palette_is_kept_in_its_one_form(admin_client, board):
    post(admin_client, board, palette='[{"name":" white ","hex":"#ffffff","x":1},{"hex":"#abcdef","name":"sky"}]')

    board.refresh_from_db()
    assert board.palette == [{"name": "white", "hex": "#FFFFFF"}, {"name": "sky", "hex": "#ABCDEF"}]


def test_colors_are_not_taken_from_a_board_that_was_painted_on(admin_client, board, player):
    with ledger.locked(board.pk) as locked:
        locked.append([Entry(0, 0, 15, player.pk, board.created_at)])

    assert "removed" in errors(post(admin_client, board, palette=json.dumps(as_json(REDDIT_2017[:15]))))["palette"]
    more = [*as_json(REDDIT_2017), {"name": "sky", "hex": "#ABCDEF"}]
    assert post(admin_client, board, palette=json.dumps(more)).status_code == 302


def test_the_palette_is_edited_a_color_a_line(admin_client, board):
    page = admin_client.get(reverse("admin:canvas_board_change", args=[board.pk])).content.decode()

    assert "\n  {&quot;name&quot;: &quot;black&quot;, &quot;hex&quot;: &quot;#222222&quot;},\n" in page
    assert '<rect x="48" y="0" width="16" height="16" fill="#222222"' in page


def test_what_was_typed_comes_back_when_it_is_no_json(admin_client, board):
    assert "[oops" in post(admin_client, board, palette="[oops").content.decode()


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"state": "melted"}, "state"),
        ({"state": ""}, "state"),
        ({"cooldown": "-1"}, "cooldown"),
        ({"cooldown": "604801"}, "cooldown"),
        ({"cooldown": "1.5"}, "cooldown"),
        ({"cooldown": "9" * 30}, "cooldown"),
        ({"title": ""}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"opens_at_0": "tomorrow", "opens_at_1": "12:00"}, "opens_at"),
        (
            {"opens_at_0": "2026-05-02", "opens_at_1": "12:00", "closes_at_0": "2026-05-01", "closes_at_1": "12:00"},
            "__all__",
        ),
    ],
)
def test_what_no_board_can_have_is_an_error_in_the_form(admin_client, board, told, changed, name):
    assert set(errors(post(admin_client, board, **changed))) == {name}
    board.refresh_from_db()
    assert board.revision == 1
    assert told == []


def test_opening_times_show_in_the_list(admin_client, board):
    post(admin_client, board, closes_at_0="2026-01-01", closes_at_1="00:00")

    assert "Closed, by its times" in admin_client.get(LIST).content.decode()


def test_a_new_board_is_made_with_all_its_settings(admin_client, db, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(
            ADD, fields(title="New", slug="new", width="30", height="20", cooldown="9", state="closed")
        )

    assert response.status_code == 302, response.context["adminform"].form.errors
    board = Board.objects.get(slug="new")
    assert (board.title, board.width, board.height, board.cooldown, board.state) == ("New", 30, 20, 9, "closed")
    assert board.palette == as_json(REDDIT_2017)
    assert LogEntry.objects.get().object_id == str(board.pk)


def test_the_form_of_a_new_board_is_filled_in(admin_client, db):
    page = admin_client.get(ADD).content.decode()

    assert 'value="1000"' in page
    assert "&quot;#FF4500&quot;" in page


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"width": "0"}, "width"),
        ({"height": "4097"}, "height"),
        ({"width": ""}, "width"),
        ({"width": "-5"}, "width"),
        ({"slug": "a b"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"slug": "small"}, "slug"),
    ],
)
def test_a_board_that_cannot_be_is_not_made(admin_client, board, changed, name):
    given = fields(**{"slug": "new", "width": "30", "height": "20", **changed})

    assert set(errors(admin_client.post(ADD, given))) == {name}
    assert Board.objects.count() == 1


def test_boards_are_not_deleted(admin_client, board):
    response = admin_client.post(reverse("admin:canvas_board_delete", args=[board.pk]), {"post": "yes"})

    assert response.status_code == 403
    assert Board.objects.exists()


# Reset


@pytest.fixture
def painted(board, player):
    with ledger.locked(board.pk) as locked:
        locked.append([Entry(1, 1, 5, player.pk, board.created_at)])
    return board


def choose(admin_client, board, **more):
    return admin_client.post(LIST, {"action": "reset_to_blank", "_selected_action": [board.pk], **more}, follow=True)


def test_a_reset_asks_first(admin_client, painted, told):
    page = choose(admin_client, painted).content.decode()

    assert "Yes, reset to blank" in page
    assert "8 × 6, 1 updates so far" in page
    assert Pixel.objects.exists()
    assert told == []


def test_a_confirmed_reset_says_where_the_picture_is_kept(admin_client, painted, told):
    page = choose(admin_client, painted, confirmed="yes").content.decode()

    archive = Snapshot.objects.get(kind="archive")
    assert f"kept in snapshot {archive.pk}" in page
    assert archive.cells()[9] == 5
    assert not Pixel.objects.exists()
    assert told == [painted.pk]
    assert f"snapshot {archive.pk}" in LogEntry.objects.get().change_message
