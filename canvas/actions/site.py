"""The hub of this process, for every verb that needs it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from canvas.actions import placement, players
from canvas.engine.gather import Gatherer
from canvas.engine.hub import Hub
from canvas.engine.ledger import Committed
from canvas.engine.relay import group_of
from canvas.models import Player

logger = logging.getLogger(__name__)

_hub: Hub | None = None
_recognising: tuple[asyncio.AbstractEventLoop, Gatherer[str, Player | None]] | None = None


def hub() -> Hub:
    """The hub of the running event loop, made when it is the first time."""
    global _hub
    if _hub is None or _hub.loop is not asyncio.get_running_loop():
        _hub = Hub(placement.commit)
    return _hub


async def close() -> None:
    """End the running loop's hub in an orderly way; nothing when there is none."""
    global _hub
    ending, _hub = _hub, None
    if ending is not None and ending.loop is asyncio.get_running_loop():
        await ending.close()


async def recognise(cookie: str | None) -> Player | None:
    """The player of a cookie, asked together with others who ask just now. Without a cookie nothing is asked."""
    global _recognising
    if not cookie:
        return None
    if _recognising is None or _recognising[0] is not asyncio.get_running_loop():
        _recognising = asyncio.get_running_loop(), Gatherer(players.recognise_many)
    return await _recognising[1].ask(cookie)


def board_changed(board_id: int) -> None:
    """Tell every process that a board's settings or baseline changed. Call it after the commit, from any thread."""
    announce(board_id, {"type": "board.changed"})


def announce(board_id: int, message: dict[str, Any]) -> None:
    """A message to every process. Where no hub runs (a command), straight to the channel layer.

    With the in-memory layer a command reaches nobody; then the servers' poll finds the change within a second.
    """
    if _hub is not None and _hub.loop.is_running():
        _hub.announce(board_id, message)
    else:
        async_to_sync(_publish)(board_id, message)


def appended(committed: Committed) -> None:
    """Tell every process what was appended outside of the group commit. Call it after the commit."""
    if _hub is not None and _hub.loop.is_running():
        _hub.appended(committed)
    else:
        message = {"type": "board.delta", "first_seq": committed.first_seq, "records": committed.records}
        async_to_sync(_publish)(committed.board_id, message)


async def _publish(board_id: int, message: dict[str, Any]) -> None:
    try:
        await get_channel_layer().group_send(group_of(board_id), {**message, "board": board_id})
    except Exception as error:  # redis-py and the layer raise many kinds
        # What was to be told is committed: a command must not end as if it had failed.
        logger.warning("The channel layer does not answer; the servers find it in the database: %r", error)
