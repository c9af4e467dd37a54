"""Watch a board: a socket joins the feed with what it holds already, and leaves it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from canvas.actions import players, site
from canvas.actions.players import Identity
from canvas.engine.fanout import Frame, Outlet
from canvas.engine.feed import Feed
from canvas.rules import messages, refusals
from canvas.rules.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Watch:
    """A socket's place in the feed, to be given back with `leave`."""

    feed: Feed
    outlet: Outlet
    connection_id: UUID


def parse_since(text: str | None) -> int | Refusal | None:
    """What the client says it holds: a seq, None for nothing, or a Refusal for what is no seq."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        return refusals.malformed('"since" must be a seq: a whole number from 0 up.')
    return int(text)


async def join(
    feed: Feed, outlet: Outlet, *, since: int | Refusal | None, identity: Identity | None, address_hash: str
) -> Watch:
    """Say hello, then what the client lacks; live deltas follow from there.

    A `since` that cannot be continued is answered with `resync`; one that is no seq at all, with a refusal too.
    """
    hub = site.hub()
    if isinstance(since, int) and since > feed.told_seq:
        # Another process may have told this client more than this one knows yet.
        with contextlib.suppress(DatabaseError):  # it does not answer: the client starts over from what is known here
            await hub.catch_up(feed)
    connection_id = hub.presence.opened(
        board_id=feed.info.id, player_id=identity.id if identity else None, address_hash=address_hash
    )
    # From here to the return nothing awaits: hello, the gap and the live deltas follow each other without a seam.
    seq = feed.told_seq
    outlet.write(_frame(_hello(feed, seq, identity, connection_id)))
    if isinstance(since, Refusal):
        outlet.write(_frame(messages.answer_json(since)))
        feed.join(outlet, None)
        continued = False
    else:
        continued = feed.join(outlet, since)
    if not continued:
        outlet.write(_frame({"type": "resync", "seq": seq}))
    return Watch(feed, outlet, connection_id)


def leave(watch: Watch) -> None:
    watch.feed.leave(watch.outlet)
    site.hub().presence.closed(watch.connection_id)


def _hello(feed: Feed, seq: int, identity: Identity | None, connection_id: UUID) -> dict[str, Any]:
    return {
        "type": "hello",
        "protocol": messages.PROTOCOL,
        "board": feed.board_json(),
        "player": None if identity is None else players.identity_json(identity),
        "seq": seq,
        "online": site.hub().online(feed) + 1,
        "connection": str(connection_id),
    }


def _frame(message: dict[str, Any]) -> Frame:
    return Frame(messages.dumps(message))
