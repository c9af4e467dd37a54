"""Text frames: what a client may say, what the server says, and how a time is written."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from canvas.rules import refusals
from canvas.rules.board import BoardInfo
from canvas.rules.palettes import as_json
from canvas.rules.placement import Answer, Placed, Placement
from canvas.rules.refusals import Refusal

PROTOCOL = 1
MAX_MESSAGE_SIZE = 1024
"""Bytes of one message from a client."""

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-?)[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{12}\Z")


@dataclass(frozen=True, slots=True)
class Ping:
    """The client asks whether anybody is there."""


def iso(moment: datetime | None) -> str | None:
    """ISO 8601, UTC, milliseconds: `2026-04-01T12:00:00.000Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse(text: str) -> Placement | Ping | Refusal:
    """One text frame of a client; a Refusal says what is wrong with it."""
    if len(text) > MAX_MESSAGE_SIZE or len(text.encode(errors="replace")) > MAX_MESSAGE_SIZE:
        return refusals.too_large(limit=MAX_MESSAGE_SIZE)
    message = _object(text)
    if isinstance(message, Refusal):
        return message
    match message.get("type"):
        case "place":
            return parse_placement(message)
        case "ping":
            return Ping()
        case _:
            return refusals.malformed('The "type" must be "place" or "ping".')


def parse_body(body: bytes) -> Placement | Refusal:
    """The body of a placement over HTTP: as over the socket, but the address says what it is."""
    message = _object(body)
    if isinstance(message, Refusal):
        return message
    if message.get("type", "place") != "place":
        return refusals.malformed('The "type" must be "place", or left out.')
    return parse_placement(message)


def _object(text: str | bytes) -> dict[str, Any] | Refusal:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return refusals.malformed("That is not JSON.")
    return message if isinstance(message, dict) else refusals.malformed("A message is a JSON object.")


def parse_placement(message: dict[str, Any]) -> Placement | Refusal:
    """The placement in a decoded message; a Refusal carries the request id when that much was readable."""
    given = message.get("id")
    # Checked before UUID() sees it: that takes braces, underscores and digits of any script, too.
    if not isinstance(given, str) or not _UUID.match(given):
        return refusals.malformed('A placement needs an "id", a UUID of its own.')
    for name in ("x", "y", "color"):
        # bool is an int to Python, but true is no coordinate.
        if type(message.get(name)) is not int:
            return refusals.malformed(f'"{name}" must be a whole number.', id=given)
    return Placement(UUID(given), message["x"], message["y"], message["color"], given_id=given)


def board_json(board: BoardInfo) -> dict[str, Any]:
    """The `board` of `hello` and `board` messages; the state should be the one that holds now."""
    return {
        "slug": board.slug,
        "title": board.title,
        "width": board.width,
        "height": board.height,
        "palette": as_json(board.palette),
        "cooldown": board.cooldown,
        "state": str(board.state),
        "revision": board.revision,
    }


def answer_json(answer: Answer, *, request_id: str | None = None) -> dict[str, Any]:
    """`placed` or `refused`, for the request id as the client wrote it."""
    if isinstance(answer, Placed):
        return {
            "type": "placed",
            "id": request_id,
            "seq": answer.seq,
            "x": answer.x,
            "y": answer.y,
            "color": answer.color,
            "ready_at": iso(answer.ready_at),
        }
    message: dict[str, Any] = {
        "type": "refused",
        "id": request_id or answer.id,
        "code": str(answer.code),
        "message": answer.message,
    }
    # Left out where they mean nothing: an absent wait is not a wait of zero.
    if answer.wait is not None:
        message["wait"] = round(answer.wait, 3)
    if answer.ready_at is not None:
        message["ready_at"] = iso(answer.ready_at)
    return message


def dumps(message: dict[str, Any]) -> str:
    """JSON as it goes over the socket: no spaces, any script readable."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)
