"""Clients that do not read, and clients that all come at once: the others notice nothing."""

import asyncio
import contextlib
import socket
import time

import httpx
import pytest

from tests.services.crowd import Crowd

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]

READERS, SLEEPERS, UPDATES = 500, 50, 1_000_000


def resident(server) -> int:
    """MiB of memory that the server has."""
    with open(f"/proc/{server.process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) // 1024


def sleeper(server, slug: str) -> socket.socket:
    """A client that shakes hands and never reads again."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    opened.connect(("127.0.0.1", server.port))
    opened.sendall(
        f"GET /ws/{slug}/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert opened.recv(12) == b"HTTP/1.1 101"
    return opened


async def test_clients_that_never_read_are_let_go_and_the_others_get_everything(small_site, slug, tmp_path):
    small_site.board(slug, width=200, height=200, cooldown=0)
    server = small_site.start(MAX_BUFFERED_BYTES="65536")
    crowd = Crowd([server.base], slug)
    await crowd.join(READERS)
    sleepers = [await asyncio.to_thread(sleeper, server, slug) for _ in range(SLEEPERS)]
    before = resident(server)
    log = tmp_path / "log.csv"
    rows = (f'2022-04-01 12:00:00.000 UTC,u,#FF4500,"{n % 200},{n // 200 % 200}"\n' for n in range(UPDATES))
    log.write_text("timestamp,user_id,pixel_color,coordinate\n" + "".join(rows))
    await asyncio.to_thread(small_site.manage, "import_board", slug, str(log))
    await crowd.all_reach(UPDATES, 60)
    assert not crowd.errors
    assert crowd.closes == {}
    async with httpx.AsyncClient(base_url=server.base) as http:
        deadline = time.monotonic() + 30
        while (await http.get(f"/api/boards/{slug}")).json()["online"] > READERS:
            assert time.monotonic() < deadline, "the sleepers are still there"
            await asyncio.sleep(0.1)
    # Unbounded, the sleepers alone would have taken 5 MB each.
    assert resident(server) - before < 200
    await crowd.leave()
    for opened in sleepers:
        opened.close()


async def test_a_storm_of_handshakes_is_let_in_at_its_pace(small_site, slug):
    small_site.board(slug)
    server = small_site.start(HANDSHAKES_PER_SECOND="50")
    crowd = Crowd([server.base], slug)
    started = time.monotonic()
    await crowd.join(200)
    # 50 at once, and 150 more at 50 a second.
    assert time.monotonic() - started > 2.5
    assert crowd.closes == {}
    await crowd.leave()


async def test_who_would_wait_too_long_is_sent_away_with_4013_and_let_in_later(small_site, slug):
    small_site.board(slug)
    server = small_site.start(HANDSHAKES_PER_SECOND="20")
    crowd = Crowd([server.base], slug)
    joining = asyncio.create_task(crowd.join(300))
    deadline = time.monotonic() + 30
    while not crowd.closes[4013]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    joining.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await joining
    await crowd.leave()
