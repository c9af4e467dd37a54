"""simulate: bots against a server that answers as the protocol says, and against servers that do not."""

import asyncio
import io
import json
import signal
from contextlib import asynccontextmanager

import httpx
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from websockets.asyncio.server import serve

from canvas.actions import bots, bots_socket
from canvas.actions.bots import BotsFailed, paint
from canvas.actions.bots_picture import BadPicture, Order, cells_to_paint
from canvas.rules.palettes import REDDIT_2017, as_json
from canvas.rules.wire import SnapshotBody, encode_snapshot

BOARD = SnapshotBody(width=6, height=4, seq=0, revision=1, cells=bytes(24))


class Server:
    """Sockets that are real, HTTP that is not. `answer(server, player, message)` returns what to say, or None."""

    def __init__(self, answer, cooldown=0):
        self.answer = answer
        self.cooldown = cooldown
        self.players = 0
        self.origins = set()
        self.placed = {}
        self.by_player = {}
        self.url = ""
        self.sockets = set()

    async def socket(self, socket):
        assert socket.request.path == "/ws/main/"
        self.origins.add(socket.request.headers["Origin"])
        player = socket.request.headers["Cookie"].removeprefix("place_player=")
        self.sockets.add(socket)
        board = {"palette": as_json(REDDIT_2017), "cooldown": self.cooldown}
        await socket.send(json.dumps({"type": "hello", "board": board}))
        await socket.send(b"\x02" + bytes(15))
        async for text in socket:
            message = json.loads(text)
            said = self.answer(self, player, message)
            if said is not None:
                await socket.send(json.dumps(said))

    def http(self, request):
        if request.url.path == "/b/main/snapshot":
            return httpx.Response(200, content=encode_snapshot(BOARD))
        if request.url.path == "/api/players":
            assert request.headers["Origin"] == self.url
            assert "Cookie" not in request.headers
            self.players += 1
            return httpx.Response(200, json={}, headers={"Set-Cookie": f"place_player=p{self.players}; Path=/"})
        return httpx.Response(404)


def places(server, player, message):
    server.placed[message["x"], message["y"]] = message["color"]
    server.by_player.setdefault(player, []).append(message)
    return {"type": "placed", "id": message["id"]}


@pytest.fixture
def serving(monkeypatch):
    @asynccontextmanager
    async def serving(answer=places, **options):
        server = Server(answer, **options)
        real = httpx.AsyncClient
        monkeypatch.setattr(
            bots.httpx,
            "AsyncClient",
            lambda **given: real(**given, transport=httpx.MockTransport(server.http)),
        )
        async with serve(server.socket, "127.0.0.1", 0) as listening:
            server.listening = listening
            server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
            yield server

    return serving


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr(bots, "BREATH", 0.0)
    monkeypatch.setattr(bots, "PATIENCE", 0.02)
    monkeypatch.setattr(bots_socket, "RECONNECT_SECONDS", 0.02)


@pytest.fixture
def red_picture(tmp_path):
    Image.new("RGB", (2, 2), (230, 3, 3)).save(tmp_path / "red.png")
    return tmp_path / "red.png"


async def test_bots_paint_the_whole_picture(serving, red_picture):
    async with serving() as server:
        tally = await paint(slug="main", url=server.url, players=3, rate=1000, picture=red_picture)

    assert server.placed == {(2, 1): 5, (3, 1): 5, (2, 2): 5, (3, 2): 5}
    assert (tally.todo, tally.placed, tally.refused, tally.lost) == (4, 4, 0, 0)
    assert server.origins == {server.url}


async def test_each_bot_is_a_player_of_its_own(serving):
    async with serving() as server:
        await paint(slug="main", url=server.url, players=4, rate=1000)
    assert server.players == 4
    assert len(server.by_player) > 1


async def test_without_a_picture_they_paint_rings(serving):
    async with serving() as server:
        tally = await paint(slug="main", url=server.url, players=3, rate=1000)
    assert tally.placed == tally.todo == len(server.placed) > 8
    assert len(set(server.placed.values())) > 1


async def test_a_refused_placement_is_tried_again_after_the_wait(serving, red_picture):
    def refuses_first(server, player, message):
        if not server.by_player.get(player):
            server.by_player[player] = ["refused"]
            return {"type": "refused", "id": message["id"], "code": "cooldown", "message": "Wait.", "wait": 0.01}
        return places(server, player, message)

    async with serving(refuses_first) as server:
        tally = await paint(slug="main", url=server.url, players=2, rate=1000, picture=red_picture)
    assert (tally.placed, tally.refused, tally.lost) == (4, 2, 0)


async def test_a_refusal_without_an_id_answers_the_placement_under_way(serving, red_picture):
    def limits_first(server, player, message):
        if not server.by_player.get(player):
            server.by_player[player] = ["refused"]
            return {"type": "refused", "id": None, "code": "rate_limited", "message": "Slow down.", "wait": 0.01}
        return places(server, player, message)

    async with serving(limits_first) as server:
        tally = await paint(slug="main", url=server.url, players=1, rate=1000, picture=red_picture)
    assert (tally.placed, tally.refused, tally.lost) == (4, 1, 0)


async def test_a_cell_that_can_never_be_placed_is_left_out(serving, red_picture):
    def refuses(server, player, message):
        return {"type": "refused", "id": message["id"], "code": "unknown_color", "message": "No."}

    async with serving(refuses) as server:
        tally = await paint(slug="main", url=server.url, players=2, rate=1000, picture=red_picture)
    assert (tally.placed, tally.refused) == (0, 4)


async def test_bots_heed_the_cooldown(serving, red_picture):
    async with serving(cooldown=60) as server:
        tally = await paint(slug="main", url=server.url, players=3, rate=1000, picture=red_picture, seconds=0.3)
    assert tally.placed == 3
    assert [len(messages) for messages in server.by_player.values()] == [1, 1, 1]


async def test_all_together_keep_to_the_rate(serving):
    async with serving() as server:
        tally = await paint(slug="main", url=server.url, players=5, rate=20, seconds=0.5)
    # Half a second at 20 a second, the first at once, and the slack of a late timer.
    assert 5 <= tally.placed <= 14


async def test_they_stop_when_they_are_told(serving):
    stop = asyncio.Event()

    def stops(server, player, message):
        stop.set()
        return places(server, player, message)

    async with serving(stops) as server:
        tally = await paint(slug="main", url=server.url, players=2, rate=10, stop=stop)
    assert 1 <= tally.placed < tally.todo


async def test_a_bot_comes_back_after_a_lost_connection_and_its_placement_is_tried_again(serving, red_picture):
    def breaks_first(server, player, message):
        if not server.by_player.get(player):
            server.by_player[player] = ["broken"]
            for socket in server.sockets:
                socket.transport.abort()
            return None
        return places(server, player, message)

    async with serving(breaks_first) as server:
        tally = await paint(slug="main", url=server.url, players=1, rate=1000, picture=red_picture)
    assert (tally.placed, tally.lost) == (4, 1)


async def test_a_placement_without_an_answer_is_lost_and_tried_again(serving, red_picture, monkeypatch):
    monkeypatch.setattr(bots_socket, "ANSWER_SECONDS", 0.05)

    def silent_first(server, player, message):
        if not server.by_player.get(player):
            server.by_player[player] = ["silent"]
            return None
        return places(server, player, message)

    async with serving(silent_first) as server:
        tally = await paint(slug="main", url=server.url, players=1, rate=1000, picture=red_picture)
    assert (tally.placed, tally.lost) == (4, 1)


async def test_banned_bots_give_up(serving, red_picture):
    def bans(server, player, message):
        return {"type": "refused", "id": message["id"], "code": "banned", "message": "You may not."}

    async with serving(bans) as server:
        with pytest.raises(BotsFailed, match=r"All bots are gone, after 0 placements.*You may not"):
            await paint(slug="main", url=server.url, players=2, rate=1000, picture=red_picture)


async def test_a_server_that_goes_away_is_told(serving):
    def dies(server, player, message):
        server.listening.close()

    async with serving(dies) as server:
        with pytest.raises(BotsFailed, match="All bots are gone"):
            await paint(slug="main", url=server.url, players=2, rate=1000)


async def test_a_board_that_is_not_there_is_told(serving):
    async with serving() as server:
        with pytest.raises(BotsFailed, match="There is no board 'other'"):
            await paint(slug="other", url=server.url, players=1, rate=1)


async def test_nobody_at_the_address_is_told():
    with pytest.raises(BotsFailed, match=r"Nobody answers at http://127.0.0.1:9 .*Is the server running"):
        await paint(slug="main", url="http://127.0.0.1:9", players=1, rate=1)


class TestPicture:
    def painted(self, picture, board=BOARD, order=Order.RANDOM):
        return sorted(cells_to_paint(picture, board, REDDIT_2017, order))

    def test_colors_become_the_nearest_of_the_palette(self, tmp_path):
        Image.new("RGB", (1, 1), (0, 0, 200)).save(tmp_path / "p.png")
        assert [color for *_, color in self.painted(tmp_path / "p.png")] == [13]

    def test_transparent_pixels_are_left_alone(self, tmp_path):
        Image.new("RGBA", (2, 2), (230, 0, 0, 0)).save(tmp_path / "p.png")
        assert self.painted(tmp_path / "p.png") == []

    def test_a_larger_picture_is_shrunk_to_fit(self, tmp_path):
        Image.new("RGB", (600, 600), (230, 0, 0)).save(tmp_path / "p.png")
        cells = self.painted(tmp_path / "p.png")
        assert [(x, y) for x, y, _ in cells] == [(x, y) for x in range(1, 5) for y in range(4)]

    def test_cells_that_show_it_already_are_left_alone(self, red_picture):
        cells = np.zeros((4, 6), dtype=np.uint8)
        cells[1, 2] = 5
        board = SnapshotBody(6, 4, 0, 1, cells.tobytes())
        assert [(x, y) for x, y, _ in self.painted(red_picture, board)] == [(2, 2), (3, 1), (3, 2)]

    def test_a_wave_begins_in_the_middle(self):
        board = SnapshotBody(100, 100, 0, 1, bytes(10_000))
        cells = cells_to_paint(None, board, REDDIT_2017, Order.WAVE)
        distances = [np.hypot(x - 50, y - 50) for x, y, _ in cells]
        assert max(distances[:100]) < 15 < 40 < min(distances[-100:])

    def test_what_is_no_picture_is_told(self, tmp_path):
        (tmp_path / "p.png").write_text("not a picture")
        with pytest.raises(BadPicture, match=r"p\.png: The picture cannot be read"):
            self.painted(tmp_path / "p.png")


class TestCommand:
    def run(self, *args, **options):
        out = io.StringIO()
        call_command("simulate", "main", *args, stdout=out, **options)
        return out.getvalue()

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            ({"url": "127.0.0.1:8000"}, "--url must be like"),
            ({"players": 0}, "--players must be from 1"),
            ({"rate": 0.0}, "must be more than 0"),
            ({"seconds": -1.0}, "must be more than 0"),
        ],
    )
    def test_it_refuses_what_makes_no_sense(self, options, found):
        with pytest.raises(CommandError, match=found):
            self.run(**options)

    def test_it_counts_at_the_end(self, monkeypatch):
        async def painted(**options):
            return bots.Tally(todo=10, placed=7, refused=2, lost=1, bots=3, seconds=2.0)

        monkeypatch.setattr(bots, "paint", painted)
        assert "Placed 7 pixels of 10 with 3 bots in 2.0 s (3.5 a second); 2 refused, 1 lost." in self.run()

    def test_it_says_why_the_bots_could_not_go_on(self, monkeypatch):
        async def fails(**options):
            raise BotsFailed("All bots are gone.")

        monkeypatch.setattr(bots, "paint", fails)
        with pytest.raises(CommandError, match="All bots are gone"):
            self.run()

    def test_a_signal_ends_it_in_an_orderly_way(self, monkeypatch):
        async def waits(stop, **options):
            signal.raise_signal(signal.SIGTERM)
            await asyncio.wait_for(stop.wait(), 5)
            return bots.Tally(bots=1, todo=1)

        monkeypatch.setattr(bots, "paint", waits)
        assert "Placed 0 pixels of 1 with 1 bot" in self.run()
