"""Board geometry and state: how large a board may be, which cell is where, and when it takes pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from canvas.rules.palettes import Palette

MAX_SIDE = 4096
"""Cells on a side. Coordinates are u16 on the wire; 4096 squared is 16 MiB, still held and drawn with ease."""

MAX_COOLDOWN = 7 * 24 * 3600
"""Seconds."""

DEFAULT_SLUG = "main"
DEFAULT_COOLDOWN = 300
BLANK = 0
"""A cell that nobody touched shows the first colour of the palette."""


class State(StrEnum):
    """What a board lets players do. Frozen is for a pause, closed for before and after the event."""

    OPEN = "open"
    FROZEN = "frozen"
    CLOSED = "closed"


class InvalidBoard(ValueError):
    """A size or cooldown that no board can have."""


@dataclass(frozen=True, slots=True)
class BoardInfo:
    """A board's settings at one revision: all that a judgement or a `hello` needs, without the cells."""

    id: int
    slug: str
    title: str
    width: int
    height: int
    palette: Palette
    cooldown: int
    state: State
    revision: int
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def contains(self, x: int, y: int) -> bool:
        return 0 <= x < self.width and 0 <= y < self.height

    def state_at(self, now: datetime) -> State:
        """The state that holds at `now`: outside its opening times a board is closed, whatever it says."""
        if self.opens_at is not None and now < self.opens_at:
            return State.CLOSED
        if self.closes_at is not None and now >= self.closes_at:
            return State.CLOSED
        return self.state

    def at(self, now: datetime) -> BoardInfo:
        """The same board with the state that holds at `now`."""
        state = self.state_at(now)
        return self if state is self.state else replace(self, state=state)


def check_size(width: int, height: int) -> None:
    """Raises InvalidBoard unless both sides are from 1 to MAX_SIDE."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise InvalidBoard(f"A board is from 1×1 to {MAX_SIDE}×{MAX_SIDE} cells, not {width}×{height}.")


def check_cooldown(seconds: int) -> None:
    """Raises InvalidBoard unless the cooldown is from 0 (none) to a week."""
    if not 0 <= seconds <= MAX_COOLDOWN:
        raise InvalidBoard(f"A cooldown is from 0 to {MAX_COOLDOWN} seconds, not {seconds}.")
