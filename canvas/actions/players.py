"""Become a player, and be recognised as one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from canvas.models import Player
from canvas.rules import messages, names

COOKIE = "place_player"
COOKIE_AGE = 365 * 24 * 3600
"""Seconds that a cookie stays valid; it is written anew whenever the page is opened."""
_SALT = "canvas.player"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, without a model: what a socket keeps for as long as it is open."""

    id: int
    name: str
    ready_at: datetime | None


def address_hash(address: str | None) -> str:
    """A pseudonym of an address, the same for as long as the secret key is; empty for none."""
    if not address:
        return ""
    return salted_hmac("canvas.address", address, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()[:32]


def create_anonymous(*, address: str | None) -> tuple[Player, str]:
    """A new player for a device, and the value of its cookie."""
    token = secrets.token_urlsafe(24)
    token_hash = _hash(token)
    for _ in range(20):
        try:
            with transaction.atomic():
                player = Player.objects.create(
                    name=names.random_name(),
                    token_hash=token_hash,
                    address_hash=address_hash(address),
                    last_seen=timezone.now(),
                )
        except IntegrityError:
            continue  # the name is taken
        return player, cookie_of(player.pk, token)
    raise RuntimeError("No free name was found in 20 tries; the word lists have become too short for so many players.")


def cookie_of(player_id: int, token: str) -> str:
    return signing.TimestampSigner(salt=_SALT).sign(f"{player_id}.{token}")


def recognise(cookie: str | None) -> Player | None:
    """The player of a cookie; None when it is missing, forged, expired, or its player is no more."""
    return recognise_many([cookie])[0]


def recognise_many(cookies: Sequence[str | None]) -> list[Player | None]:
    """The same for many cookies, in order, with one query; with none when no cookie is genuine."""
    tokens = [_token_of(cookie) for cookie in cookies]
    ids = {token[0] for token in tokens if token is not None}
    known = Player.objects.in_bulk(list(ids)) if ids else {}
    found: list[Player | None] = []
    for token in tokens:
        player = known.get(token[0]) if token is not None else None
        # Signed already; the token makes a cookie worthless once the player's token is changed.
        genuine = (
            player is not None
            and player.token_hash is not None
            and token is not None
            and hmac.compare_digest(bytes(player.token_hash), _hash(token[1]))
        )
        found.append(player if genuine else None)
    return found


def _token_of(cookie: str | None) -> tuple[int, str] | None:
    """(player id, token) of a cookie with a valid signature."""
    if not cookie or len(cookie) > 300:
        return None
    try:
        value = signing.TimestampSigner(salt=_SALT).unsign(cookie, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return None
    player_id, _, token = value.partition(".")
    return int(player_id), token


def identity(player: Player) -> Identity:
    return Identity(player.pk, player.name, player.ready_at)


def identity_json(identity: Identity) -> dict[str, Any]:
    """A player as `hello` and the API write one."""
    return {"id": identity.id, "name": identity.name, "ready_at": messages.iso(identity.ready_at)}


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
