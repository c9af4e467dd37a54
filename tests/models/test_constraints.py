"""What must never be stored is refused by the database itself, not only by whoever writes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from canvas.models import Board, Connection, Pixel, Player, ServerProcess, Snapshot, Update
from canvas.models.snapshot import Kind

NOW = timezone.now()


def refuses(make, constraint=None):
    """The constraint by its name, where the database tells it (SQLite names columns instead, for unique ones)."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make()


def update(board, seq, **changed):
    given = {"x": 0, "y": 0, "color": 1, "previous_color": 0, "placed_at": NOW}
    return Update.objects.create(board=board, seq=seq, **{**given, **changed})


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"width": 0}, "board_size"),
        ({"width": 4097}, "board_size"),
        ({"height": 0}, "board_size"),
        ({"height": 4097}, "board_size"),
        ({"state": "melted"}, "board_state"),
        ({"state": ""}, "board_state"),
        ({"cooldown": 604_801}, "board_cooldown"),
        ({"cooldown": -1}, "cooldown"),
        ({"opens_at": NOW, "closes_at": NOW}, "board_opens_before_it_closes"),
        ({"opens_at": NOW, "closes_at": NOW - timedelta(seconds=1)}, "board_opens_before_it_closes"),
        ({"seq": -1}, "seq"),
    ],
)
def test_a_board_that_cannot_be_is_refused(board, changed, constraint):
    refuses(lambda: Board.objects.filter(pk=board.pk).update(**changed), constraint)


@pytest.mark.parametrize(
    "changed",
    [
        {"width": 1, "height": 4096},
        {"state": "frozen"},
        {"cooldown": 0},
        {"cooldown": 604_800},
        {"opens_at": NOW},
        {"closes_at": NOW},
        {"opens_at": NOW, "closes_at": NOW + timedelta(seconds=1)},
        {"seq": 2**53},
    ],
)
def test_a_board_at_the_limits_is_kept(board, changed):
    assert Board.objects.filter(pk=board.pk).update(**changed) == 1


def test_a_slug_names_one_board(board):
    refuses(lambda: Board.objects.create(slug="small", title="Again", width=1, height=1))


@pytest.mark.parametrize("palette", [None, [], {}, "white", 5, [{"name": "white", "hex": "#FFFFFF"}], [1, 2]])
def test_a_palette_is_checked_before_it_is_kept(board, palette):
    board.palette = palette
    with pytest.raises(ValidationError) as caught:
        board.full_clean()
    assert list(caught.value.message_dict) == ["palette"]


def test_a_seq_is_given_once_a_board(board):
    update(board, 1)
    update(Board.objects.create(slug="other", title="Other", width=1, height=1), 1)

    refuses(lambda: update(board, 1))


def test_seqs_begin_with_one(board):
    refuses(lambda: update(board, 0), "update_seq_from_one")


def test_an_update_has_a_known_source(board):
    for seq, source in enumerate("pmui", 1):
        update(board, seq, source=source)

    refuses(lambda: update(board, 9, source="x"), "update_source")


def test_a_request_is_stored_once_a_player(board, player):
    request_id = uuid4()
    update(board, 1, player=player, request_id=request_id)
    update(board, 2, player=Player.objects.create(name="somebody else"), request_id=request_id)

    refuses(lambda: update(board, 3, player=player, request_id=request_id))


def test_a_request_is_stored_once_even_on_two_boards(board, player):
    request_id = uuid4()
    update(board, 1, player=player, request_id=request_id)
    other = Board.objects.create(slug="other", title="Other", width=1, height=1)

    refuses(lambda: update(other, 1, player=player, request_id=request_id))


def test_updates_without_a_request_do_not_clash(board, player):
    for seq in (1, 2):
        update(board, seq, player=player)

    assert Update.objects.count() == 2


def test_a_cell_has_one_pixel(board):
    def put(x):
        return Pixel.objects.create(board=board, x=x, y=0, color=1, seq=1, placed_at=NOW)

    put(0)
    put(1)

    refuses(lambda: put(0))


def test_a_player_has_a_name_of_its_own(player):
    refuses(lambda: Player.objects.create(name=""), "player_has_a_name")
    refuses(lambda: Player.objects.create(name=player.name))


def test_an_account_is_one_player(player, admin_user):
    Player.objects.create(name="first", user=admin_user)

    refuses(lambda: Player.objects.create(name="second", user=admin_user))


def test_an_account_that_goes_leaves_its_player(player, admin_user):
    player.user = admin_user
    player.save()
    admin_user.delete()

    player.refresh_from_db()
    assert player.user is None


def test_a_snapshot_has_a_known_kind(board):
    snapshot = Snapshot.of(board, Kind.ARCHIVE, seq=0, cells=bytes(48))
    snapshot.kind = "other"

    refuses(snapshot.save, "snapshot_kind")


def test_a_connection_opens_before_it_closes(board):
    process = ServerProcess.objects.create(host="here", pid=1, started_at=NOW, heartbeat_at=NOW)
    connection = Connection.objects.create(board=board, process=process, opened_at=NOW, closed_at=NOW)

    refuses(
        lambda: Connection.objects.filter(pk=connection.pk).update(closed_at=NOW - timedelta(microseconds=1)),
        "connection_opens_first",
    )


def test_nobody_deletes_what_the_log_names(board, player):
    update(board, 1, player=player)

    with pytest.raises(ProtectedError):
        player.delete()
    with pytest.raises(ProtectedError):
        board.delete()


def test_a_board_knows_itself_as_the_rules_do(board):
    info = board.info()

    assert (info.id, info.slug, info.width, info.height, info.cooldown) == (board.pk, "small", 8, 6, 300)
    assert info.palette[1].name == "light grey"
    assert info.state == "open"
