"""A site with something of everything in it, and somebody who may look at it."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.utils import timezone

from canvas.actions import boards, players
from canvas.engine import ledger
from canvas.engine.ledger import Entry
from canvas.models import Connection, Pixel, ServerProcess, Snapshot, Update


@pytest.fixture
def site(board, player, admin_user):
    """A board that was painted on, reset, and painted on again; an account's player; sockets and processes."""
    now = timezone.now()
    named, _ = players.create_anonymous(address=None)
    named.user = admin_user
    named.save()

    def paint(count, player_id):
        with ledger.locked(board.pk) as locked:
            locked.append([Entry(i % 8, i // 8 % 6, i % 16, player_id, now, uuid4()) for i in range(count)])

    paint(20, player.pk)
    boards.reset("small")
    paint(15, named.pk)
    paint(3, None)
    process = ServerProcess.objects.create(
        host="here", pid=1, started_at=now, heartbeat_at=now, online={str(board.pk): 3}
    )
    Connection.objects.bulk_create(
        Connection(board=board, process=process, player=who, opened_at=now - timedelta(seconds=i), closed_at=closed)
        for i, (who, closed) in enumerate([(player, None), (named, now), (None, None)])
    )
    board.refresh_from_db()
    return SimpleNamespace(
        board=board,
        player=player,
        process=process,
        snapshot=Snapshot.objects.filter(kind="archive").get(),
        update=Update.objects.order_by("seq").last(),
        pixel=Pixel.objects.first(),
        connection=Connection.objects.first(),
    )
