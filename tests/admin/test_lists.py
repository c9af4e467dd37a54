"""Every list and page opens, cheaply, and what is not for people to edit cannot be edited."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from canvas.admin import lists
from canvas.engine import ledger
from canvas.engine.ledger import Entry
from canvas.models import Board, Player, Update

READ_ONLY = ("update", "pixel", "snapshot", "connection", "serverprocess")
ALL = (*READ_ONLY, "board", "player")
HUGE = ("canvas_update", "canvas_pixel", "canvas_connection", "canvas_player")


def list_of(name):
    return reverse(f"admin:canvas_{name}_changelist")


def page_of(name, site):
    pk = getattr(site, {"serverprocess": "process"}.get(name, name)).pk
    return reverse(f"admin:canvas_{name}_change", args=[pk])


def rows(response):
    return list(response.context["cl"].result_list)


def test_every_model_is_registered():
    from django.apps import apps

    assert {model._meta.model_name for model in apps.get_app_config("canvas").get_models()} == set(ALL)
    assert all(admin.site.is_registered(model) for model in apps.get_app_config("canvas").get_models())


@pytest.mark.parametrize("name", ALL)
def test_a_list_opens(admin_client, site, name):
    response = admin_client.get(list_of(name))

    assert response.status_code == 200
    assert rows(response)


@pytest.mark.parametrize("name", ALL)
def test_a_page_opens(admin_client, site, name):
    assert admin_client.get(page_of(name, site)).status_code == 200


@pytest.mark.parametrize("name", ALL)
def test_a_list_counts_nothing_and_asks_the_same_whatever_its_length(admin_client, site, name):
    admin_client.get(list_of(name))  # fills the caches of content types and the like
    with CaptureQueriesContext(
        connection,
    ) as queries:
        admin_client.get(list_of(name))

    assert not [q["sql"] for q in queries if re.search(r"count\(|distinct", q["sql"], re.IGNORECASE)]
    assert len(queries) <= 7


@pytest.mark.parametrize("name", ALL)
def test_a_huge_table_is_only_read_with_a_limit_or_by_key(admin_client, site, name, monkeypatch):
    monkeypatch.setattr(lists.LargeTableAdmin, "list_per_page", 1)
    with CaptureQueriesContext(connection) as queries:
        admin_client.get(list_of(name))
        admin_client.get(page_of(name, site))

    for sql in (q["sql"] for q in queries):
        if any(f'FROM "{table}"' in sql for table in HUGE):
            assert "LIMIT" in sql or "WHERE" in sql, sql


@pytest.mark.parametrize("name", [*READ_ONLY, "player"])
def test_nobody_sorts_a_huge_table_by_clicking(admin_client, site, name):
    unsorted = rows(admin_client.get(list_of(name)))

    assert rows(admin_client.get(list_of(name), {"o": "-2.1"})) == unsorted
    assert b"sortable" not in admin_client.get(list_of(name)).content.replace(b"sortoptions", b"")


def test_facets_would_count_and_are_not_offered(admin_client, site):
    for name in ALL:
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(list_of(name), {"_facets": "True"})
        assert not [q["sql"] for q in queries if "COUNT(" in q["sql"]]


def test_the_cells_of_snapshots_are_not_read_for_their_list(admin_client, site):
    with CaptureQueriesContext(connection) as queries:
        admin_client.get(list_of("snapshot"))

    assert not [q["sql"] for q in queries if '"canvas_snapshot"."data"' in q["sql"]]


def test_a_board_page_does_not_read_the_cells_of_its_baseline(admin_client, site):
    with CaptureQueriesContext(connection) as queries:
        response = admin_client.get(page_of("board", site))

    assert f"snapshot {site.board.baseline_id}" in response.content.decode()
    assert not [q["sql"] for q in queries if '"canvas_snapshot"."data"' in q["sql"]]


def test_a_list_ends_at_its_bound_and_says_so(admin_client, site, monkeypatch):
    monkeypatch.setattr(lists, "MAX_LISTED", 30)
    monkeypatch.setattr(lists.LargeTableAdmin, "list_per_page", 20)

    first = admin_client.get(list_of("update"))
    second = admin_client.get(list_of("update"), {"p": 2})
    third = admin_client.get(list_of("update"), {"p": 3})

    assert [update.seq for update in rows(first)] == list(range(38, 18, -1))
    assert [update.seq for update in rows(second)] == list(range(18, 8, -1))
    assert third.status_code == 302
    assert "narrow the list down" in first.content.decode()


def test_a_list_that_fits_says_how_many_there_are(admin_client, site):
    assert "38 updates" in admin_client.get(list_of("update")).content.decode()


# Reading the log


def test_updates_of_one_board_come_newest_first_along_its_index(admin_client, site):
    other = Board.objects.create(slug="other", title="Other", width=2, height=2)
    with ledger.locked(other.pk) as locked:
        locked.append([Entry(0, 0, 1, None, site.update.placed_at)])

    with CaptureQueriesContext(connection) as queries:
        found = rows(admin_client.get(list_of("update"), {"board__id__exact": site.board.pk}))

    assert [update.seq for update in found] == list(range(38, 0, -1))
    assert [q for q in queries if '"board_id" DESC, "canvas_update"."seq" DESC LIMIT' in q["sql"].replace(" ASC", "")]


def test_updates_of_one_player_are_found_through_the_player(admin_client, site):
    page = admin_client.get(page_of("player", site)).content.decode()
    link = re.search(r'href="(/admin/canvas/update/\?player=\d+)"', page)[1]

    response = admin_client.get(link)

    assert {update.player_id for update in rows(response)} == {site.player.pk}
    assert f'<a href="?player={site.player.pk}">{site.player.name}</a>' in re.sub(
        r"\s+", " ", response.content.decode()
    ).replace("> <", "><").replace("> ", ">").replace(" <", "<")


@pytest.mark.parametrize("given", ["0", "-1", "abc", "999999999999999999", "9" * 40, "1.5", "１", "%00"])
@pytest.mark.parametrize("name", ["update", "connection"])
def test_a_player_filter_that_names_nobody_finds_nothing(admin_client, site, name, given):
    # Not even the rows without a player, which `player = None` would find.
    assert rows(admin_client.get(list_of(name), {"player": given})) == []


@pytest.mark.parametrize(
    ("search", "seqs"),
    [
        ("small 1 0", [37, 22, 2]),
        ("small #7", [7]),
        ("small 7", [7]),
        ("  small   7 ", [7]),
        ("small 7 5 3", []),
        ("small -1 0", []),
        ("small x y", []),
        ("nowhere 1 0", []),
        ("small 99999999 0", []),
        ("small 0 " + "9" * 30, []),
        ("small #999999999999999999", []),
        ("nobody-of-that-name", []),
        ("'; drop table", []),
    ],
)
def test_a_search_names_a_cell_or_an_update(admin_client, site, search, seqs):
    assert [update.seq for update in rows(admin_client.get(list_of("update"), {"q": search}))] == seqs


def test_a_search_by_a_name_finds_that_players_updates(admin_client, site):
    found = rows(admin_client.get(list_of("update"), {"q": site.player.name}))

    assert {update.player_id for update in found} == {site.player.pk}


def test_a_search_of_pixels_names_a_cell(admin_client, site):
    assert [str(pixel) for pixel in rows(admin_client.get(list_of("pixel"), {"q": "small 1 0"}))] == ["(1, 0)"]
    assert rows(admin_client.get(list_of("pixel"), {"q": "small 7"})) == []
    assert rows(admin_client.get(list_of("pixel"), {"q": "small"})) == []


def test_players_are_found_by_how_their_names_begin(admin_client, site):
    Player.objects.create(name="zz-somebody-1")

    assert [p.name for p in rows(admin_client.get(list_of("player"), {"q": "zz-some"}))] == ["zz-somebody-1"]
    assert rows(admin_client.get(list_of("player"), {"q": "somebody"})) == []


@pytest.mark.parametrize(("ended", "count"), [("no", 2), ("yes", 1), ("?", 0)])
def test_connections_are_open_or_ended(admin_client, site, ended, count):
    if ended == "?":
        return
    assert len(rows(admin_client.get(list_of("connection"), {"ended": ended}))) == count


def test_a_color_that_the_palette_lost_is_shown_by_its_index(admin_client, site):
    Update.objects.filter(pk=site.update.pk).update(color=200)

    assert b">200<" in admin_client.get(list_of("update")).content


def test_a_broken_palette_does_not_break_the_pages_on_which_to_mend_it(admin_client, site):
    for broken in ([], [{"name": "white"}], {"a": 1}, None, 5):
        Board.objects.filter(pk=site.board.pk).update(palette=broken if broken is not None else 0)
        for address in (list_of("board"), page_of("board", site), list_of("update"), page_of("snapshot", site)):
            assert admin_client.get(address).status_code == 200


# What may be done


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_the_server_writes_cannot_be_edited_added_or_deleted(admin_client, site, name):
    page = page_of(name, site)

    assert admin_client.post(page, {"seq": 1, "x": 1}).status_code == 403
    assert admin_client.get(page.replace("change", "delete")).status_code == 403
    assert admin_client.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert admin_client.get(reverse(f"admin:canvas_{name}_add")).status_code == 403
    assert admin_client.post(reverse(f"admin:canvas_{name}_add"), {}).status_code == 403
    assert b'name="_save"' not in admin_client.get(page).content


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_deleted_in_bulk(admin_client, site, name):
    before = Update.objects.count(), Board.objects.count(), Player.objects.count()
    target = getattr(site, {"serverprocess": "process"}.get(name, name))
    admin_client.post(
        list_of(name), {"action": "delete_selected", "_selected_action": [target.pk], "post": "yes", "index": 0}
    )

    assert (Update.objects.count(), Board.objects.count(), Player.objects.count()) == before


@pytest.mark.parametrize("name", ALL)
def test_a_stranger_is_sent_to_the_login(client, site, name):
    for address in (list_of(name), page_of(name, site)):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")
        assert client.post(address, {}).status_code == 302


def test_staff_without_permissions_sees_nothing(client, site):
    client.force_login(User.objects.create_user("guard", is_staff=True))

    for name in ALL:
        assert client.get(list_of(name)).status_code == 403


def test_staff_who_may_view_boards_may_not_change_or_reset_them(client, site):
    guard = User.objects.create_user("guard", is_staff=True)
    guard.user_permissions.add(Permission.objects.get(codename="view_board"))
    client.force_login(guard)

    assert client.get(page_of("board", site)).status_code == 200
    assert client.post(page_of("board", site), {"title": "Mine"}).status_code == 403
    client.post(list_of("board"), {"action": "reset_to_blank", "_selected_action": [site.board.pk], "confirmed": "yes"})
    site.board.refresh_from_db()
    assert site.board.revision == 2


def test_no_page_needs_an_inline_style_or_script(admin_client, site):
    """The content security policy would not let them through."""
    for name in ALL:
        for address in (list_of(name), page_of(name, site)):
            page = admin_client.get(address).content.decode()
            assert not re.search(r"<[^>]*\sstyle=", page)
            assert not re.search(r"<style|\son\w+=|javascript:", page)
            assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")[^>]*>", page)


def test_a_snapshot_is_shown_as_a_picture(admin_client, site):
    import base64
    import io

    from PIL import Image

    page = admin_client.get(page_of("snapshot", site)).content.decode()
    data = re.search(r'src="data:image/png;base64,([^"]+)"', page)[1]
    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")

    assert image.size == (512, 384)
    # Cell (3, 0) was painted with colour 19 % 16 = 3, black, before the reset.
    assert image.getpixel((3 * 64 + 32, 32)) == (0x22, 0x22, 0x22)


def test_a_large_snapshot_is_scaled_down(db):
    from canvas.admin.pictures import picture
    from canvas.models import Snapshot
    from canvas.models.snapshot import Kind

    board = Board(slug="large", title="Large", width=2000, height=500)

    assert 'width="512" height="128"' in picture(Snapshot.of(board, Kind.ARCHIVE, seq=1, cells=bytes(1_000_000)))


def test_a_corrupt_snapshot_says_so_instead(admin_client, site):
    type(site.snapshot).objects.filter(pk=site.snapshot.pk).update(checksum=1)

    page = admin_client.get(page_of("snapshot", site)).content.decode()

    assert "does not match its checksum" in page
    assert "data:image" not in page


# Players


def test_a_player_is_renamed_without_touching_what_the_game_writes(admin_client, site, monkeypatch):
    from canvas.admin.player import PlayerAdmin

    save = PlayerAdmin.save_model

    def save_after_a_placement(self, request, obj, form, change):
        Player.objects.filter(pk=obj.pk).update(placed_count=77)
        save(self, request, obj, form, change)

    monkeypatch.setattr(PlayerAdmin, "save_model", save_after_a_placement)
    response = admin_client.post(page_of("player", site), {"name": "polite-name", "placed_count": 5, "user": ""})

    assert response.status_code == 302
    site.player.refresh_from_db()
    assert (site.player.name, site.player.placed_count) == ("polite-name", 77)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_player_keeps_a_name(admin_client, site, name):
    assert admin_client.post(page_of("player", site), {"name": name}).status_code == 200
    assert Player.objects.get(pk=site.player.pk).name == site.player.name


def test_a_taken_name_is_refused(admin_client, site):
    Player.objects.create(name="taken")

    response = admin_client.post(page_of("player", site), {"name": "taken"})

    assert "already exists" in response.content.decode()
