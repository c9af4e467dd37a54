"""Makes players in a site's database, and writes their cookies: `python -m bench.players COUNT FILE`."""

from __future__ import annotations

import hashlib
import secrets
import sys
from pathlib import Path

import django

django.setup()

from canvas.actions.players import cookie_of  # noqa: E402
from canvas.models import Player  # noqa: E402


def main(count: int, path: Path) -> None:
    batch = secrets.token_hex(4)
    tokens = [secrets.token_urlsafe(24) for _ in range(count)]
    players = Player.objects.bulk_create(
        (
            Player(name=f"bench-{batch}-{index}", token_hash=hashlib.sha256(token.encode()).digest())
            for index, token in enumerate(tokens)
        ),
        batch_size=1000,
    )
    lines = (cookie_of(player.pk, token) for player, token in zip(players, tokens, strict=True))
    path.write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
