"""Statements beside the ORM do what the ORM's would, on either database."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from canvas.engine import sql
from canvas.models import Pixel, Player, Update

MOMENT = datetime(2026, 4, 1, 12, 0, 0, 123_000, tzinfo=UTC)


def pixels(board, *rows):
    return {
        "board": [board.pk] * len(rows),
        "x": [x for x, _, _ in rows],
        "y": [0] * len(rows),
        "color": [color for _, color, _ in rows],
        "seq": range(1, len(rows) + 1),
        "player": [player for _, _, player in rows],
        "placed_at": [MOMENT] * len(rows),
    }


def kept():
    return list(Pixel.objects.order_by("x").values_list("x", "color", "seq", "player_id", "placed_at"))


def test_rows_come_back_as_they_went_in(board, player):
    sql.insert(Pixel, pixels(board, (0, 1, None), (1, 255, player.pk)))

    assert kept() == [(0, 1, 1, None, MOMENT), (1, 255, 2, player.pk, MOMENT)]


def test_times_of_other_zones_and_of_microseconds_are_the_same_moments(board):
    east = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    whole = MOMENT.replace(microsecond=0)
    sql.insert(Pixel, {**pixels(board, (0, 1, None), (1, 1, None)), "placed_at": [east, whole]})

    assert [row[-1] for row in kept()] == [MOMENT, whole]
    assert Pixel.objects.filter(placed_at__lt=MOMENT).count() == 1


def test_an_upsert_overwrites_what_is_there(board, player):
    sql.insert(Pixel, pixels(board, (0, 1, None), (1, 1, None)))
    sql.upsert(Pixel, pixels(board, (1, 9, player.pk), (2, 9, None)), key=("board", "x", "y"))

    assert [(x, color, who) for x, color, _, who, _ in kept()] == [(0, 1, None), (1, 9, player.pk), (2, 9, None)]


def test_an_update_changes_the_rows_that_are_named_and_no_others(player):
    others = [Player.objects.create(name=f"player {i}") for i in range(3)]
    sql.update(
        Player,
        {
            "id": [player.pk, others[1].pk, 10**9],
            "ready_at": [MOMENT, None, MOMENT],
            "placed_count": [5, 6, 7],
            "last_seen": [MOMENT] * 3,
        },
        key="id",
    )

    assert list(Player.objects.order_by("pk").values_list("placed_count", "ready_at")) == [
        (5, MOMENT),
        (0, None),
        (6, None),
        (0, None),
    ]
    assert Player.objects.get(pk=player.pk).name == player.name


def test_nothing_is_written_of_rows_of_which_one_is_refused(board):
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.insert(Pixel, pixels(board, (0, 1, None), (0, 2, None)))

    assert kept() == []


@pytest.mark.parametrize("count", [0, 1, 5_000])
def test_any_number_of_rows_goes_in_one_call(board, count):
    sql.insert(Pixel, pixels(board, *[(x, 1, None) for x in range(count)]))

    assert Pixel.objects.count() == count


def test_any_of_finds_what_in_would_find(board, player):
    ids = [uuid4() for _ in range(5)]
    for seq, request_id in enumerate([*ids, None], 1):
        Update.objects.create(
            board=board, seq=seq, x=0, y=0, color=1, previous_color=0, placed_at=MOMENT, request_id=request_id
        )

    def found(values):
        return set(Update.objects.filter(request_id__any_of=values).values_list("seq", flat=True))

    assert found([]) == set()
    assert found([ids[0], ids[4], uuid4()]) == {1, 5}
    assert found(uuid4() for _ in range(600)) == set()
    assert set(Player.objects.filter(pk__any_of={player.pk, 10**9})) == {player}
