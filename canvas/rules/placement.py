"""The judgement of one placement. Who stores it must hold the board's lock while asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from canvas.rules import cooldown, refusals
from canvas.rules.board import BoardInfo, State
from canvas.rules.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Placement:
    """What a player asks for. `id` is made by the client and stays the same when it asks again."""

    id: UUID
    x: int
    y: int
    color: int
    given_id: str = ""
    """The id as the client wrote it, upper case or lower: the answer carries it unchanged."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A placement that is durable. A repeated request id gets the first one's answer."""

    seq: int
    x: int
    y: int
    color: int
    ready_at: datetime


Answer = Placed | Refusal


def judge(board: BoardInfo, placement: Placement, *, ready_at: datetime | None, now: datetime) -> Refusal | None:
    """Whether a player whose cooldown ends at `ready_at` may place this at `now`: None, or why not.

    What cannot change is told first (the cell, the colour), then the board, then the player: so a player who waits
    is never told to wait for something that would be refused all the same.
    """
    if not board.contains(placement.x, placement.y):
        return refusals.out_of_bounds(width=board.width, height=board.height)
    if not 0 <= placement.color < len(board.palette):
        return refusals.unknown_color(colors=len(board.palette))
    match board.state_at(now):
        case State.FROZEN:
            return refusals.board_frozen()
        case State.CLOSED:
            return refusals.board_closed()
        case State.OPEN:
            pass
    if board.cooldown and ready_at is not None and ready_at > now:
        return refusals.cooldown(wait=cooldown.wait(ready_at, now), ready_at=ready_at)
    return None
