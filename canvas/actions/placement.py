"""Place a pixel: the verb (`place`) and its transaction (`commit`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from canvas.engine import ledger, sql
from canvas.engine.commit import Request
from canvas.engine.ledger import Committed, Entry
from canvas.models import Board, Player, Update
from canvas.rules import cooldown, refusals
from canvas.rules.placement import Answer, Placed, judge


@dataclass(slots=True)
class Standing:
    """What a placement asks and changes of a player whose row is locked."""

    ready_at: datetime | None
    placed_count: int


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
    standings = _lock_players({request.player_id for request in requests})
    answered = _answered_before(locked, requests)
    now = cooldown.to_milliseconds(timezone.now())
    answers: list[Answer] = []
    entries: list[Entry] = []
    charged: dict[int, Standing] = {}
    for request in requests:
        placement = request.placement
        key = (request.player_id, placement.id)
        if (known := answered.get(key)) is not None:
            answers.append(known)
            continue
        standing = standings.get(request.player_id)
        if standing is None:
            answers.append(refusals.unauthenticated())
            continue
        refusal = judge(locked.info, placement, ready_at=standing.ready_at, now=now)
        if refusal is not None:
            answers.append(refusal)
            continue
        ready_at = cooldown.next_ready_at(now, locked.info.cooldown)
        if locked.info.cooldown:
            # A board without cooldown neither waits for the others' nor shortens it.
            standing.ready_at = ready_at
        standing.placed_count += 1
        charged[request.player_id] = standing
        entries.append(Entry(placement.x, placement.y, placement.color, request.player_id, now, placement.id))
        placed = Placed(locked.board.seq + len(entries), placement.x, placement.y, placement.color, ready_at)
        answered[key] = placed
        answers.append(placed)
    committed = locked.append(entries)
    _charge(charged, now)
    return answers, committed


def _answered_before(locked: ledger.Ledger, requests: Sequence[Request]) -> dict[tuple[int, UUID], Answer]:
    """Answers of placements that are in the log already: their players ask again because no answer reached them."""
    ids = [request.placement.id for request in requests]
    rows = Update.objects.filter(request_id__any_of=ids).values_list(
        "player_id", "request_id", "seq", "x", "y", "color", "placed_at"
    )
    return {
        # Exact as long as the cooldown has not been changed since: the log does not keep it.
        (player_id, request_id): Placed(seq, x, y, color, cooldown.next_ready_at(placed_at, locked.info.cooldown))
        for player_id, request_id, seq, x, y, color, placed_at in rows
        if player_id is not None and request_id is not None
    }


def _lock_players(player_ids: set[int]) -> dict[int, Standing]:
    rows = Player.objects.select_for_update().filter(pk__any_of=player_ids).order_by("pk")
    return {pk: Standing(ready_at, count) for pk, ready_at, count in rows.values_list("pk", "ready_at", "placed_count")}


def _charge(standings: dict[int, Standing], now: datetime) -> None:
    if standings:
        sql.update(
            Player,
            {
                "id": list(standings),
                "ready_at": [standing.ready_at for standing in standings.values()],
                "placed_count": [standing.placed_count for standing in standings.values()],
                "last_seen": [now] * len(standings),
            },
            key="id",
        )
