"""Redis gone, PostgreSQL gone, processes killed and frozen: nothing acknowledged is lost, everybody ends right."""

import asyncio
import os
import random
import signal
import struct
import time
import uuid
import zlib

import httpx
import pytest
import redis

from tests.needs import wait_until
from tests.services.client import Client
from tests.services.crowd import RECORD, Crowd
from tests.services.processes import alive, children, frozen

pytestmark = [pytest.mark.services, pytest.mark.timeout(120)]

SECONDS = float(os.environ.get("TEST_OUTAGE_SECONDS", "60"))
WATCHERS = int(os.environ.get("TEST_OUTAGE_WATCHERS", "2000"))
PLACEMENTS_PER_SECOND = 300
PLAYERS = 150


def get(server, path: str) -> httpx.Response:
    return httpx.get(f"{server.base}{path}", timeout=30)


def readiness(server) -> tuple[int, dict]:
    response = get(server, "/readyz")
    return response.status_code, response.json()


async def until(condition, seconds: float = 20) -> None:
    await asyncio.to_thread(wait_until, condition, seconds)


async def seen_after(painter: Client, watcher: Client, x: int) -> float:
    """Seconds from asking for a pixel until somebody else is told of it."""
    started = time.monotonic()
    answer = await painter.place(x, 0, random.randrange(32))
    await watcher.reaches(answer["seq"], 30)
    return time.monotonic() - started


@pytest.mark.timeout(240)
async def test_a_minute_of_disasters_loses_doubles_and_disorders_nothing(fragile_site, own_postgres, own_redis, slug):
    size = 200
    fragile_site.board(slug, width=size, height=size, cooldown=0)
    server = fragile_site.start(workers=2)
    crowd = Crowd([server.base], slug)
    cookies = await crowd.players(PLAYERS)
    # Everybody is there before the first pixel: each is told the whole log.
    players = (await crowd.join(WATCHERS, cookies))[:PLAYERS]
    started = time.monotonic()
    killed: list[int] = []

    async def paint(n: int, player) -> None:
        """One pixel at a time, two a second; what was held up is made up for, within the rate limit."""
        due = started + n / PLACEMENTS_PER_SECOND
        while due < started + SECONDS:
            await asyncio.sleep(due - time.monotonic())
            begun = time.monotonic()
            await player.place(random.randrange(size), random.randrange(size), random.randrange(32))
            due += PLAYERS / PLACEMENTS_PER_SECOND
            await asyncio.sleep(begun + 0.12 - time.monotonic())

    async def at(share: float) -> None:
        await asyncio.sleep(started + share * SECONDS - time.monotonic())

    async def kill_workers() -> None:
        for n in range(6):
            await at((n + 0.5) / 6)
            workers = children(server.process.pid)
            victim = max(set(workers) - set(killed), default=workers[0]) if n % 2 else min(workers)
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    async def stop_redis() -> None:
        await at(0.3)
        own_redis.stop()
        await asyncio.sleep(5)
        await asyncio.to_thread(own_redis.start)

    async def restart_postgres() -> None:
        await at(0.5)
        await asyncio.to_thread(own_postgres.restart)

    await asyncio.gather(
        kill_workers(), stop_redis(), restart_postgres(), *(paint(n, player) for n, player in enumerate(players))
    )
    assert len(killed) == 6
    painted = time.monotonic() - started
    with own_postgres.connect() as database:
        log = database.execute(
            "SELECT u.seq, u.x, u.y, u.color, u.request_id FROM canvas_update u"
            " JOIN canvas_board b ON b.id = u.board_id"
            " WHERE slug = %s ORDER BY u.seq",
            [slug],
        ).fetchall()
    assert [row[0] for row in log] == list(range(1, len(log) + 1))
    ids = [str(row[4]) for row in log]
    assert len(set(ids)) == len(ids)
    stored = dict(zip(ids, log, strict=True))
    assert set(crowd.acknowledged) == set(ids), "every acknowledged placement, and every stored one was acknowledged"
    for request_id, answer in crowd.acknowledged.items():
        assert stored[request_id][:4] == (answer["seq"], answer["x"], answer["y"], answer["color"])
    assert len(log) >= PLACEMENTS_PER_SECOND * SECONDS * 0.95
    await crowd.all_reach(len(log))
    caught_up = time.monotonic() - started - painted
    await crowd.leave()
    records = b"".join(struct.pack("<HHB", *row[1:4]) for row in log)
    crowd.check(records, size, size)
    snapshot = get(server, f"/b/{slug}/snapshot").content
    seq, checksum = struct.unpack_from("<QI", snapshot, 8)
    cells = bytearray(size * size)
    for x, y, color in struct.iter_unpack("<HHB", records):
        cells[y * size + x] = color
    assert (seq, checksum) == (len(log), zlib.crc32(cells))
    assert "agree" in fragile_site.manage("verify_board", slug).stdout
    reconnects = sum(member.connections - 1 for member in crowd.members)
    print(
        f"\n{len(log)} placements in {painted:.1f} s, {reconnects} reconnects, {crowd.resyncs} resyncs, "
        f"closes {dict(crowd.closes)}, all caught up {caught_up:.2f} s later; {RECORD.itemsize * len(log)} bytes of log"
    )


async def test_without_redis_pixels_are_seen_by_the_poll_and_with_it_again_at_once(fragile_site, own_redis, slug):
    fragile_site.board(slug, cooldown=0)
    one, two = (fragile_site.start(POLL_SECONDS="2") for _ in range(2))
    painter = await Client(one.base, slug, await Client.new_player(one.base)).open()
    watcher = await Client(two.base, slug).open()
    await watcher.fetch_snapshot()
    assert await seen_after(painter, watcher, 0) < 5

    own_redis.stop()
    polled = await seen_after(painter, watcher, 1)
    assert polled < 6
    for server in (one, two):
        assert readiness(server) == (503, {"status": "unavailable", "database": "ok", "channel_layer": "unavailable"})
        assert get(server, "/healthz").status_code == 200
    for x in range(2, 6):
        assert (await painter.place(x, 0, 1))["type"] == "placed"

    own_redis.start()
    started = time.monotonic()
    for server in (one, two):
        await until(lambda server=server: readiness(server)[0] == 200)
    quick = 0
    while quick < 5:  # five in a row are no accident of the poll
        quick = quick + 1 if await seen_after(painter, watcher, 6) < 0.3 else 0
        assert time.monotonic() - started < 30
    back = time.monotonic() - started

    with redis.Redis.from_url(own_redis.url) as client:
        client.flushall()
    for _ in range(5):
        assert await seen_after(painter, watcher, 7) < 1.5
    assert readiness(one)[0] == 200
    late = await Client(two.base, slug).open()
    await late.fetch_snapshot()
    assert (late.seq, late.cells) == (watcher.seq, watcher.cells)
    for client in (painter, watcher, late):
        await client.close()
    print(f"\nwithout Redis seen after {polled:.2f} s; the fast way was back {back:.2f} s after Redis")


async def test_a_server_that_starts_without_redis_finds_it_when_it_is_there(fragile_site, own_redis, slug):
    fragile_site.board(slug, cooldown=0)
    own_redis.stop()
    one, two = (fragile_site.start(POLL_SECONDS="2") for _ in range(2))
    painter = await Client(one.base, slug, await Client.new_player(one.base)).open()
    watcher = await Client(two.base, slug).open()
    assert await seen_after(painter, watcher, 0) < 6
    own_redis.start()
    started = time.monotonic()
    quick = 0
    while quick < 5:
        quick = quick + 1 if await seen_after(painter, watcher, 1) < 0.3 else 0
        assert time.monotonic() - started < 30
    for client in (painter, watcher):
        await client.close()


async def test_without_postgresql_placements_are_busy_and_with_it_again_they_work(fragile_site, own_postgres, slug):
    fragile_site.board(slug, cooldown=0)
    server = fragile_site.start()
    cookie = await Client.new_player(server.base)
    painter = await Client(server.base, slug, cookie).open()
    spectator = await Client(server.base, slug).open()
    await spectator.fetch_snapshot()
    for x in range(5):
        assert (await painter.place(x, 0, 3))["seq"] == x + 1

    own_postgres.stop()
    request_id = str(uuid.uuid4())
    waits = []
    for attempt in range(3):
        started = time.monotonic()
        answer = await painter.place(5, 0, 3, request_id if attempt == 0 else None)
        waits.append(time.monotonic() - started)
        assert (answer["type"], answer["code"]) == ("refused", "busy")
        assert answer["wait"] > 0
    assert max(waits) < 10
    assert get(server, "/healthz").status_code == 200
    assert readiness(server) == (503, {"status": "unavailable", "database": "unavailable", "channel_layer": "ok"})
    newcomer = await Client(server.base, slug).open(since=2)
    await newcomer.reaches(5)
    for client in (painter, spectator, newcomer):
        await client.socket.send('{"type": "ping"}')
        await until(lambda client=client: {"type": "pong"} in client.texts)
        assert client.close_code is None

    await asyncio.to_thread(own_postgres.start)
    started = time.monotonic()
    painter.answers.clear()
    while (answer := await painter.place(5, 0, 3, request_id))["type"] == "refused":
        assert answer["code"] == "busy"
        painter.answers.clear()
        await asyncio.sleep(0.2)
        assert time.monotonic() - started < 20
    back = time.monotonic() - started
    assert answer["seq"] == 6
    await spectator.reaches(6)
    assert spectator.cells[:7] == bytes([3] * 6 + [0])
    await until(lambda: readiness(server)[0] == 200)
    again = await Client(server.base, slug, cookie).open()
    assert again.hello["player"] is not None
    assert "agree" in fragile_site.manage("verify_board", slug).stdout
    for client in (painter, spectator, newcomer, again):
        await client.close()
    print(f"\nbusy after {[round(wait, 1) for wait in waits]} s; placements worked {back:.1f} s after PostgreSQL")


async def test_a_server_that_starts_without_postgresql_serves_when_it_is_there(fragile_site, own_postgres, slug):
    fragile_site.board(slug, cooldown=0)
    own_postgres.stop()
    server = fragile_site.start(workers=2)
    assert get(server, "/healthz").status_code == 200
    assert readiness(server)[0] == 503
    refused = Client(server.base, slug)
    with pytest.raises(Exception, match="4000"):
        await refused.open()
    await asyncio.to_thread(own_postgres.start)
    await until(lambda: readiness(server)[0] == 200)
    client = await Client(server.base, slug, await Client.new_player(server.base)).open()
    assert (await client.place(1, 1, 1))["seq"] == 1
    await client.close()


async def test_a_frozen_process_holds_up_nobody_and_its_clients_catch_up(fragile_site, slug):
    fragile_site.board(slug, cooldown=0)
    one, two = fragile_site.start(), fragile_site.start()
    stuck = await Client(one.base, slug, await Client.new_player(one.base)).open()
    free = await Client(two.base, slug, await Client.new_player(two.base)).open()
    watcher = await Client(two.base, slug).open()
    for client in (stuck, watcher):
        await client.fetch_snapshot()
    with frozen(one.process.pid):
        asked = await stuck.ask(50, 50, 5)
        for x in range(30):
            assert (await asyncio.wait_for(free.place(x, 0, 3), 10))["type"] == "placed"
            await asyncio.sleep(0.1)  # the rate that one client may keep up
        await watcher.reaches(30)
        assert not asked.done()
    thawed = time.monotonic()
    assert (await asyncio.wait_for(asked, 10))["seq"] == 31
    for client in (stuck, watcher):
        await client.reaches(31)
    caught_up = time.monotonic() - thawed
    assert stuck.cells == watcher.cells
    for client in (stuck, free, watcher):
        await client.close()
    print(f"\ncaught up {caught_up:.2f} s after the thaw")


async def test_a_process_frozen_with_the_board_locked_holds_it_for_seconds_only(fragile_site, own_postgres, slug):
    fragile_site.board(slug, cooldown=0)
    one, two = fragile_site.start(), fragile_site.start()
    stuck = await Client(one.base, slug, await Client.new_player(one.base)).open()
    free = await Client(two.base, slug, await Client.new_player(two.base)).open()
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    idle = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND pid <> %s"
    with own_postgres.connect() as holder, own_postgres.connect() as looker:
        with holder.transaction():
            holder.execute("SELECT * FROM canvas_board WHERE slug = %s FOR UPDATE", [slug])
            asked = await stuck.ask(1, 1, 1)
            await until(lambda: looker.execute(waiting).fetchone()[0] == 1)
            os.kill(one.process.pid, signal.SIGSTOP)
        # PostgreSQL gives the lock to the one that cannot do anything with it.
        with frozen(one.process.pid):
            await until(lambda: looker.execute(idle, [holder.info.backend_pid]).fetchone()[0] == 1)
            started = time.monotonic()
            while (answer := await free.place(2, 2, 2))["type"] == "refused":
                assert answer["code"] == "busy"
                assert time.monotonic() - started < 30
                await asyncio.sleep(0.2)
            held = time.monotonic() - started
            assert answer["seq"] == 1
    # It may be told `busy`, having waited for longer than anybody should; it asks again and is second.
    answer = await asyncio.wait_for(asked, 10)
    if answer["type"] == "refused":
        assert answer["code"] == "busy"
        stuck.answers.clear()
        answer = await stuck.place(1, 1, 1, answer["id"])
    assert answer["seq"] == 2
    await free.reaches(2)
    for client in (stuck, free):
        await client.close()
    print(f"\nthe frozen process held the board for {held:.1f} s")


async def test_the_rows_of_a_killed_process_are_closed_by_another(fragile_site, own_postgres, slug):
    fragile_site.board(slug)
    one, two = fragile_site.start(), fragile_site.start()
    clients = [await Client(server.base, slug).open() for server in (one, two) for _ in range(3)]
    process = "SELECT id FROM canvas_serverprocess WHERE pid = %s AND stopped_at IS NULL"
    open_rows = "SELECT count(*) FROM canvas_connection WHERE process_id = %s AND closed_at IS NULL"
    with own_postgres.connect() as database:
        ids = [database.execute(process, [server.process.pid]).fetchone()[0] for server in (one, two)]
        for process_id in ids:
            await until(lambda process_id=process_id: database.execute(open_rows, [process_id]).fetchone()[0] == 3)
        await asyncio.to_thread(one.kill)
        # As if half a minute had passed.
        database.execute(
            "UPDATE canvas_serverprocess SET heartbeat_at = heartbeat_at - interval '1 minute' WHERE id = %s", [ids[0]]
        )
        await until(lambda: database.execute(process, [one.process.pid]).fetchone() is None)
        assert [database.execute(open_rows, [process_id]).fetchone()[0] for process_id in ids] == [0, 3]
        assert database.execute("SELECT online FROM canvas_serverprocess WHERE id = %s", [ids[0]]).fetchone() == ({},)
    for client in clients:
        await client.close()


async def test_a_worker_that_dies_is_replaced_and_sigterm_ends_all_in_order(fragile_site, slug):
    fragile_site.board(slug, cooldown=0)
    server = fragile_site.start(workers=2)
    supervisor = server.process.pid
    await until(lambda: len(children(supervisor)) == 2)
    victim, other = children(supervisor)
    os.kill(victim, signal.SIGKILL)
    await until(lambda: len(children(supervisor)) == 2 and victim not in children(supervisor))
    workers = children(supervisor)
    assert other in workers
    clients = [await Client(server.base, slug).open() for _ in range(10)]
    assert await asyncio.to_thread(server.stop) == 0
    for client in clients:
        await asyncio.wait_for(client.reader, 5)
    assert {client.close_code for client in clients} == {4000}
    assert not any(alive(worker) for worker in workers)


async def test_a_supervisor_killed_leaves_no_worker_behind(fragile_site, slug):
    fragile_site.board(slug)
    server = fragile_site.start(workers=2)
    await until(lambda: get(server, "/readyz").status_code == 200)
    workers = children(server.process.pid)
    assert len(workers) == 2
    client = await Client(server.base, slug).open()
    os.kill(server.process.pid, signal.SIGKILL)
    await until(lambda: not any(alive(worker) for worker in workers), 15)
    await asyncio.wait_for(client.reader, 5)
    assert client.close_code == 4000
