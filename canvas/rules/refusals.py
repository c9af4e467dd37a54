"""Every way the server says no. A refusal is a value, not an error: it travels back to who asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Code(StrEnum):
    """Refusal codes, as the protocol names them."""

    COOLDOWN = "cooldown"
    BUSY = "busy"
    OUT_OF_BOUNDS = "out_of_bounds"
    UNKNOWN_COLOR = "unknown_color"
    BOARD_FROZEN = "board_frozen"
    BOARD_CLOSED = "board_closed"
    BANNED = "banned"
    UNAUTHENTICATED = "unauthenticated"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"


HTTP_STATUS: dict[Code, int] = {
    Code.COOLDOWN: 429,
    Code.BUSY: 429,
    Code.OUT_OF_BOUNDS: 400,
    Code.UNKNOWN_COLOR: 400,
    Code.BOARD_FROZEN: 409,
    Code.BOARD_CLOSED: 409,
    Code.BANNED: 403,
    Code.UNAUTHENTICATED: 401,
    Code.MALFORMED: 400,
    Code.TOO_LARGE: 400,
    Code.RATE_LIMITED: 429,
}


class CloseCode:
    """WebSocket close codes, as the protocol names them."""

    GOING_AWAY = 4000
    KICKED = 4001
    BANNED = 4002
    PROTOCOL_VIOLATION = 4003
    NO_SUCH_BOARD = 4004
    TOO_SLOW = 4008
    FULL = 4013


CLOSE_REASONS: dict[int, str] = {
    CloseCode.GOING_AWAY: "The server restarts; come back in a few seconds.",
    CloseCode.KICKED: "A moderator closed your connection.",
    CloseCode.BANNED: "You are banned here.",
    CloseCode.PROTOCOL_VIOLATION: "Too many messages that make no sense.",
    CloseCode.NO_SUCH_BOARD: "There is no such board.",
    CloseCode.TOO_SLOW: "Your connection is too slow; come back with since.",
    CloseCode.FULL: "Too many connections; try again later.",
}
"""A sentence for each close code, sent with it: at most 123 bytes (RFC 6455 section 5.5)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done, and what the asker can do about it.

    `wait` is in seconds and is set for the codes that pass by themselves; `ready_at` is when the player may place
    again, as far as it is known; `id` is the request id of the refused placement, where it could be read.
    """

    code: Code
    message: str
    wait: float | None = None
    ready_at: datetime | None = None
    id: str | None = None

    def for_request(self, request_id: str) -> Refusal:
        """The same, for a placement with this id."""
        return replace(self, id=request_id)

    @property
    def http_status(self) -> int:
        return HTTP_STATUS[self.code]


def cooldown(*, wait: float, ready_at: datetime) -> Refusal:
    seconds = max(1, math.ceil(wait))
    return Refusal(Code.COOLDOWN, f"You can place your next pixel in {seconds} s.", wait=wait, ready_at=ready_at)


def busy(*, wait: float) -> Refusal:
    return Refusal(Code.BUSY, "The server has too much to do just now. Try again in a moment.", wait=wait)


def out_of_bounds(*, width: int, height: int) -> Refusal:
    return Refusal(
        Code.OUT_OF_BOUNDS,
        f"That cell is not on the board: x goes from 0 to {width - 1}, y from 0 to {height - 1}.",
    )


def unknown_color(*, colors: int) -> Refusal:
    return Refusal(Code.UNKNOWN_COLOR, f"The palette has no such colour: colours go from 0 to {colors - 1}.")


def board_frozen() -> Refusal:
    return Refusal(Code.BOARD_FROZEN, "The board is frozen: look, but do not paint.")


def board_closed() -> Refusal:
    return Refusal(Code.BOARD_CLOSED, "The board is closed.")


def banned(*, reason: str) -> Refusal:
    return Refusal(Code.BANNED, reason or "You may not place pixels here.")


def unauthenticated() -> Refusal:
    return Refusal(Code.UNAUTHENTICATED, "You are watching. To place pixels, reload the page and accept its cookie.")


def malformed(message: str, *, id: str | None = None) -> Refusal:
    return Refusal(Code.MALFORMED, message, id=id)


def too_large(*, limit: int) -> Refusal:
    return Refusal(Code.TOO_LARGE, f"A message may have at most {limit} bytes.")


def rate_limited(*, wait: float) -> Refusal:
    return Refusal(Code.RATE_LIMITED, "Slow down: at most 10 messages a second.", wait=wait)
