"""Let bots paint a picture."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from canvas.actions import bots
from canvas.actions.bots import BotsFailed, Tally
from canvas.actions.bots_picture import BadPicture, Order
from canvas.management.commands._common import Bars, counted

MAX_PLAYERS = 20_000
SPARE_FILES = 100


class Command(BaseCommand):
    help = (
        "Lets bots paint the board SLUG of a running server through real sockets, each as a player of its own. They "
        "heed the cooldown: N players place N / cooldown pixels a second at most. Ctrl-C ends it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--players", type=int, default=50, help="bots (default: 50)")
        parser.add_argument("--rate", type=float, default=20.0, help="placements a second, all together (default: 20)")
        parser.add_argument("--image", type=Path, help="what to paint; shrunk to fit (default: coloured rings)")
        parser.add_argument("--order", choices=list(Order), type=Order, default=Order.RANDOM, help="default: random")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="default: http://127.0.0.1:8000")
        parser.add_argument("--seconds", type=float, help="stop after so long (default: when the picture is done)")

    def handle(self, *args: Any, **options: Any) -> str:
        url = urlsplit(options["url"])
        if url.scheme not in ("http", "https") or not url.netloc:
            raise CommandError(f"--url must be like https://place.example.org, not {options['url']!r}.")
        if not 1 <= options["players"] <= MAX_PLAYERS:
            raise CommandError(f"--players must be from 1 to {MAX_PLAYERS:,}, not {options['players']}.")
        if options["rate"] <= 0 or (options["seconds"] is not None and options["seconds"] <= 0):
            raise CommandError("--rate and --seconds must be more than 0.")
        logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for every bot says nothing
        _allow_files(options["players"] + SPARE_FILES)
        try:
            with Bars() as bars:
                tally = asyncio.run(self._paint(bars, options))
        except (BotsFailed, BadPicture) as error:
            raise CommandError(str(error)) from error
        if not tally.todo and tally.bots:
            return f"Placed 0 pixels with {counted(tally.bots, 'bot')}: the board shows the picture already."
        return (
            f"Placed {counted(tally.placed, 'pixel')} of {tally.todo:,} with {counted(tally.bots, 'bot')} in "
            f"{tally.seconds:.1f} s ({tally.placed / max(tally.seconds, 0.001):,.1f} a second); "
            f"{tally.refused:,} refused, {tally.lost:,} lost."
        )

    async def _paint(self, bars: Bars, options: dict[str, Any]) -> Tally:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        return await bots.paint(
            slug=options["slug"],
            url=options["url"].rstrip("/"),
            players=options["players"],
            rate=options["rate"],
            picture=options["image"],
            order=options["order"],
            seconds=options["seconds"],
            stop=stop,
            progress=bars,
        )


def _allow_files(count: int) -> None:
    """A socket is an open file, and the usual limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        if hard != resource.RLIM_INFINITY and hard < count:
            raise CommandError(f"So many bots need {count:,} open files, {hard:,} are allowed. Raise `ulimit -n`.")
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
