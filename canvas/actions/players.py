"""Become a player, and be recognised as one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from canvas.models import Player

COOKIE = "place_player"
COOKIE_AGE = 365 * 24 * 3600
"""Seconds that a cookie stays valid; it is written anew whenever the page is opened."""
_SALT = "canvas.player"
_ADJECTIVES = """amber azure bold brave bright calm clever cobalt copper coral crimson curious dapper daring eager emerald
fancy gentle golden happy hidden indigo ivory jade jolly keen lively lucky lunar magenta mellow merry mint nimble noble
olive opal pearl plucky proud quick quiet rosy ruby rustic scarlet shiny silver sleepy solar spry sunny swift teal tidy
topaz velvet violet vivid warm witty zesty""".split()
_ANIMALS = """badger bat bear beaver bison camel cat cobra crab crane crow deer dingo dolphin dove duck eagle elk falcon
ferret finch fox frog gecko goat goose hare hawk heron horse ibis jackal jay koala lark lemur lion lizard llama lynx
magpie mole moose moth mouse newt otter owl panda parrot penguin pika puffin quail rabbit raccoon raven robin salmon
seal shark sloth snail sparrow squid stork swan tapir tiger toad trout turtle viper walrus whale wolf wombat wren yak
zebra""".split()


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
        name = f"{secrets.choice(_ADJECTIVES)}-{secrets.choice(_ANIMALS)}-{secrets.randbelow(10_000):04d}"
        try:
            with transaction.atomic():
                player = Player.objects.create(
                    name=name, token_hash=token_hash, address_hash=address_hash(address), last_seen=timezone.now()
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


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
