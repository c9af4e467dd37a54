"""Become a player, and be recognised as one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
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
    if not cookie or len(cookie) > 300:
        return None
    try:
        value = signing.TimestampSigner(salt=_SALT).unsign(cookie, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return None
    player_id, _, token = value.partition(".")
    player = Player.objects.filter(pk=player_id).first()
    if player is None or player.token_hash is None:
        return None
    # Signed already; the token makes a cookie worthless once the player's token is changed.
    return player if hmac.compare_digest(bytes(player.token_hash), _hash(token)) else None


def identity(player: Player) -> Identity:
    return Identity(player.pk, player.name, player.ready_at)


def identity_json(identity: Identity) -> dict[str, Any]:
    """A player as `hello` and the API write one."""
    return {"id": identity.id, "name": identity.name, "ready_at": messages.iso(identity.ready_at)}


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
