"""Placing pixels through real servers: two processes, PostgreSQL, Redis."""

import asyncio
import time
import uuid

import httpx
import pytest

from tests.services.client import Client

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]


async def test_of_a_hundred_parallel_placements_of_one_player_exactly_one_is_accepted(site, slug):
    site.board(slug)
    one, two = site.start(), site.start()
    cookie = await Client.new_player(one.base)
    clients = [await Client(server.base, slug, cookie).open() for server in [one, two] * 5]
    futures = [await client.ask(x, n, 3) for n, client in enumerate(clients) for x in range(10)]
    answers = await asyncio.wait_for(asyncio.gather(*futures), 30)
    placed = [answer for answer in answers if answer["type"] == "placed"]
    refused = [answer for answer in answers if answer["type"] == "refused"]
    assert (len(placed), len(refused)) == (1, 99)
    assert {answer["code"] for answer in refused} == {"cooldown"}
    assert all(290 < answer["wait"] <= 300 for answer in refused)
    assert {answer["ready_at"] for answer in refused} == {placed[0]["ready_at"]}
    for client in clients:
        await client.close()


async def test_a_thousand_players_at_once_make_a_thousand_updates_that_everybody_sees(site, slug):
    site.board(slug, width=200, height=200)
    one, two = site.start(), site.start()
    cookies = [await Client.new_player(one.base) for _ in range(1000)]
    watchers = [await Client(server.base, slug).open() for server in (one, two) for _ in range(5)]
    for watcher in watchers:
        await watcher.fetch_snapshot()

    async def place(n: int) -> dict:
        client = await Client([one, two][n % 2].base, slug, cookies[n]).open()
        answer = await client.place(n % 200, n // 200, n % 32)
        await client.close()
        return answer

    answers = []
    for start in range(0, 1000, 250):
        answers += await asyncio.gather(*(place(n) for n in range(start, start + 250)))
    assert sorted(answer["seq"] for answer in answers) == list(range(1, 1001))
    async with httpx.AsyncClient(base_url=one.base) as http:
        log = (await http.get(f"/api/boards/{slug}/updates?since=0&limit=10000")).json()
    assert [update["seq"] for update in log["updates"]] == list(range(1, 1001))
    for watcher in watchers:
        await watcher.reaches(1000)
        assert watcher.updates == 1000
    late = await Client(two.base, slug).open()
    await late.fetch_snapshot()
    assert {bytes(client.cells) for client in [*watchers, late]} == {bytes(late.cells)}
    for n in range(1000):
        assert late.cells[n // 200 * 200 + n % 200] == n % 32
    for client in [*watchers, late]:
        await client.close()
    assert "agree" in site.manage("verify_board", slug).stdout


async def test_asking_again_with_the_same_id_is_answered_as_the_first_time_on_any_process(site, slug):
    site.board(slug)
    one, two = site.start(), site.start()
    cookie = await Client.new_player(one.base)
    request_id = str(uuid.uuid4())
    first = await Client(one.base, slug, cookie).open()
    answer = await first.place(5, 5, 5, request_id)
    await first.close()
    again = await Client(two.base, slug, cookie).open()
    assert await again.place(5, 5, 5, request_id) == answer
    assert (await again.place(6, 6, 6))["code"] == "cooldown"
    await again.close()
    async with httpx.AsyncClient(base_url=two.base) as http:
        over_http = await http.post(
            f"/api/boards/{slug}/pixels",
            json={"id": request_id, "x": 5, "y": 5, "color": 5},
            headers={"Cookie": cookie},
        )
        assert (over_http.status_code, over_http.json()) == (200, answer)
        assert (await http.get(f"/api/boards/{slug}")).json()["seq"] == 1


async def test_after_kill_minus_nine_under_load_every_acknowledged_pixel_is_there(small_site, slug):
    small_site.board(slug, cooldown=0)
    server = small_site.start()
    cookies = [await Client.new_player(server.base) for _ in range(60)]
    clients = [await Client(server.base, slug, cookie).open() for cookie in cookies]
    acknowledged: list[dict] = []
    asked = 0

    async def paint(n: int, client: Client) -> None:
        nonlocal asked
        end = time.monotonic() + 4
        step = 0
        while time.monotonic() < end:
            asked += 1
            step += 1
            try:
                answer = await client.place(step % 100, n, step % 32)
            except (asyncio.CancelledError, Exception):
                return
            if answer["type"] == "placed":
                acknowledged.append(answer)
            await asyncio.sleep(0.11)

    async def murder() -> None:
        while len(acknowledged) < 1000:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(server.kill)

    await asyncio.wait_for(asyncio.gather(murder(), *(paint(n, client) for n, client in enumerate(clients))), 60)
    assert len(acknowledged) >= 1000
    revived = small_site.start()
    async with httpx.AsyncClient(base_url=revived.base) as http:
        log = (await http.get(f"/api/boards/{slug}/updates?since=0&limit=10000")).json()["updates"]
    by_seq = {update["seq"]: update for update in log}
    assert sorted(by_seq) == list(range(1, len(log) + 1))
    for answer in acknowledged:
        stored = by_seq[answer["seq"]]
        assert (stored["x"], stored["y"], stored["color"]) == (answer["x"], answer["y"], answer["color"])
    assert "agree" in small_site.manage("verify_board", slug).stdout


async def test_a_client_that_comes_back_gets_exactly_what_it_lacks(site, slug):
    site.board(slug, cooldown=0)
    one, two = site.start(), site.start()
    painter = await Client(one.base, slug, await Client.new_player(one.base)).open()
    watcher = await Client(two.base, slug).open()
    await watcher.fetch_snapshot()
    for n in range(5):
        await painter.place(n, 0, 1)
    await watcher.reaches(5)
    await watcher.close()
    for n in range(5):
        await painter.place(n, 1, 2)
    await watcher.open(since=watcher.seq, base=one.base)
    await watcher.reaches(10)
    assert watcher.updates == 10
    assert not [text for text in watcher.texts if text["type"] == "resync"]
    assert watcher.cells[:5] == bytes([1] * 5)
    assert watcher.cells[100:105] == bytes([2] * 5)
    for client in (painter, watcher):
        await client.close()


async def test_clients_hear_4000_when_the_server_stops_and_nothing_acknowledged_is_lost(small_site, slug):
    small_site.board(slug, cooldown=0)
    server = small_site.start()
    client = await Client(server.base, slug, await Client.new_player(server.base)).open()
    assert (await client.place(1, 1, 1))["seq"] == 1
    assert await asyncio.to_thread(server.stop) == 0
    await asyncio.wait_for(client.reader, 5)
    assert client.close_code == 4000
    revived = small_site.start()
    await client.open(since=1, base=revived.base)
    assert client.hello["seq"] == 1
    await client.close()
