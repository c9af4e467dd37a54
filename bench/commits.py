"""Times placement.commit in this process, with engine/sql.py and with the ORM in its place: JSON.

python -m bench.commits SECONDS SIZE …      with a site's settings
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from unittest import mock
from uuid import uuid4

import django

django.setup()

from django.utils import timezone  # noqa: E402

from bench import orm  # noqa: E402
from canvas.actions import placement  # noqa: E402
from canvas.engine import sql  # noqa: E402
from canvas.engine.commit import Request  # noqa: E402
from canvas.models import Board, Player  # noqa: E402
from canvas.rules.placement import Placed, Placement  # noqa: E402

PLAYERS = 1000
STRIDE = 611_953


def batch(board: Board, players: list[Player], numbers: itertools.count, size: int, future: asyncio.Future) -> list:
    requests = []
    for number in itertools.islice(numbers, size):
        y, x = divmod(number * STRIDE % (board.width * board.height), board.width)
        request_id = uuid4()
        asked = Placement(request_id, x, y, 1 + number % 31, given_id=str(request_id))
        requests.append(Request(board.pk, players[number % PLAYERS].pk, asked, future))
    return requests


def timed(board: Board, players: list[Player], numbers: itertools.count, size: int, seconds: float) -> dict:
    """CPU of this process in µs, and how many a second, of transactions with `size` placements."""
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    cpu = wall = 0.0
    done = 0
    placement.commit(board.pk, batch(board, players, numbers, size, future))  # warm
    while wall < seconds:
        requests = batch(board, players, numbers, size, future)
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        answers, _ = placement.commit(board.pk, requests)
        cpu += time.process_time() - cpu_before
        wall += time.perf_counter() - wall_before
        assert all(isinstance(answer, Placed) for answer in answers)
        done += size
    loop.close()
    return {"us": cpu / done * 1e6, "per_second": done / wall}


def main(seconds: float, sizes: list[int]) -> dict:
    board = Board.objects.get(slug="main")
    now = timezone.now()
    players = Player.objects.bulk_create(Player(name=f"bench-{index}", last_seen=now) for index in range(PLAYERS))
    numbers = itertools.count()
    found: dict[str, dict] = {"engine/sql": {}, "ORM": {}}
    for size in sizes:
        found["engine/sql"][size] = timed(board, players, numbers, size, seconds)
        with mock.patch.multiple(sql, insert=orm.insert, upsert=orm.upsert, update=orm.update):
            found["ORM"][size] = timed(board, players, numbers, size, seconds)
    return found


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]), [int(size) for size in sys.argv[2:]])))
