"""Place a pixel: the verb (`place`) and its transaction (`commit`)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from canvas.engine import ledger
from canvas.engine.commit import Request
from canvas.engine.ledger import Committed, Entry
from canvas.models import Board, Player, Update
from canvas.rules import cooldown, refusals
from canvas.rules.placement import Answer, Placed, judge


def commit(board_id: int, requests: Sequence[Request]) -> tuple[list[Answer], Committed | None]:
    """Judge requests in order and store those that pass, in one transaction. Runs in the group-commit thread.

    Players are locked after the board and in order of id: a player's parallel placements on two boards meet here,
    and none waits for the other in a circle.
    """
    try:
        with ledger.locked(board_id) as locked:
            return _judge_and_store(locked, requests)
    except Board.DoesNotExist:
        return [refusals.board_closed()] * len(requests), None


def _judge_and_store(locked: ledger.Ledger, requests: Sequence[Request]) -> tuple[list[Answer], Committed | None]:
    players = {
        player.pk: player
        for player in Player.objects.select_for_update()
        .filter(pk__in={request.player_id for request in requests})
        .order_by("pk")
    }
    answered = _answered_before(locked, requests)
    now = cooldown.to_milliseconds(timezone.now())
    answers: list[Answer] = []
    entries: list[Entry] = []
    charged: dict[int, Player] = {}
    for request in requests:
        placement = request.placement
        key = (request.player_id, placement.id)
        if (known := answered.get(key)) is not None:
            answers.append(known)
            continue
        player = players.get(request.player_id)
        if player is None:
            answers.append(refusals.unauthenticated())
            continue
        refusal = judge(locked.info, placement, ready_at=player.ready_at, now=now)
        if refusal is not None:
            answers.append(refusal)
            continue
        ready_at = cooldown.next_ready_at(now, locked.info.cooldown)
        if locked.info.cooldown:
            # A board without cooldown neither waits for the others' nor shortens it.
            player.ready_at = ready_at
        player.placed_count += 1
        player.last_seen = now
        charged[player.pk] = player
        entries.append(Entry(placement.x, placement.y, placement.color, player.pk, now, placement.id))
        placed = Placed(locked.board.seq + len(entries), placement.x, placement.y, placement.color, ready_at)
        answered[key] = placed
        answers.append(placed)
    committed = locked.append(entries)
    _charge(list(charged.values()))
    return answers, committed


def _answered_before(locked: ledger.Ledger, requests: Sequence[Request]) -> dict[tuple[int, UUID], Answer]:
    """Answers of placements that are in the log already: their players ask again because no answer reached them."""
    updates = Update.objects.filter(
        request_id__in=[request.placement.id for request in requests],
        player_id__in={request.player_id for request in requests},
    )
    return {
        # Exact as long as the cooldown has not been changed since: the log does not keep it.
        (update.player_id, update.request_id): Placed(
            update.seq,
            update.x,
            update.y,
            update.color,
            cooldown.next_ready_at(update.placed_at, locked.info.cooldown),
        )
        for update in updates
        if update.player_id is not None and update.request_id is not None
    }


def _charge(players: list[Player]) -> None:
    # An upsert of rows that exist: one statement of constant shape, where bulk_update writes a CASE per column.
    if players:
        Player.objects.bulk_create(
            players,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["ready_at", "placed_count", "last_seen"],
        )
