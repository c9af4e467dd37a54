"""What a client must not do, done to a real server: each gets its code and sentence, and others notice nothing."""

import asyncio
import contextlib
import json
import uuid

import httpx
import pytest
import websockets

from tests.services.client import Client

pytestmark = [pytest.mark.services, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def server(_sqlite_template, tmp_path_factory):
    from tests.servers import Site

    path = tmp_path_factory.mktemp("bad") / "site.sqlite3"
    path.write_bytes(_sqlite_template.read_bytes())
    site = Site(f"sqlite:///{path}")
    site.board("b", width=100, height=50, cooldown=0)
    yield site.start()
    site.stop()


@contextlib.asynccontextmanager
async def socket(server, path="/ws/b/", cookie=None, **options):
    headers = {"Cookie": cookie} if cookie else {}
    async with websockets.connect(
        server.base.replace("http", "ws") + path, additional_headers=headers, max_size=None, **options
    ) as opened:
        opened.hello = json.loads(await opened.recv())
        yield opened


def place(**fields):
    return json.dumps({"type": "place", "id": str(uuid.uuid4()), "x": 1, "y": 1, "color": 1, **fields})


async def heard(opened):
    """The next text message that is an answer, not news of how many are online."""
    while True:
        message = await asyncio.wait_for(opened.recv(), 10)
        if isinstance(message, str) and (answer := json.loads(message))["type"] != "online":
            return answer


async def until_closed(opened, said):
    """Collect messages in `said` until the server closes; the close code."""
    try:
        while True:
            said.append(await heard(opened))
    except websockets.ConnectionClosed as closed:
        return closed.rcvd.code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", "malformed"),
        ("place", "malformed"),
        ("[]", "malformed"),
        ("{}", "malformed"),
        ('{"type":"destroy"}', "malformed"),
        ('{"type":["place"]}', "malformed"),
        ("[" * 1000, "malformed"),
        (b"\x00\xff\x01", "malformed"),
        (place(id="7"), "malformed"),
        (place(id=None), "malformed"),
        (place(x=1.0), "malformed"),
        (place(x=True), "malformed"),
        (place(y="1"), "malformed"),
        (place(color=None), "malformed"),
        ('{"type":"place","id":"%s","x":NaN,"y":1,"color":1}' % uuid.uuid4(), "malformed"),  # noqa: UP031
        (place(x=100), "out_of_bounds"),
        (place(x=-1), "out_of_bounds"),
        (place(y=50), "out_of_bounds"),
        (place(y=10**300), "out_of_bounds"),
        (place(color=32), "unknown_color"),
        (place(color=-1), "unknown_color"),
        (place(color=2**64), "unknown_color"),
        (place(pad="x" * 1024), "too_large"),
        ("ü" * 600, "too_large"),
        ("x" * 1_048_576, "too_large"),
        (b"\x00" * 1_048_576, "too_large"),
    ],
)
async def test_a_bad_message_gets_its_code_and_a_sentence(server, message, code):
    async with socket(server, cookie=await Client.new_player(server.base)) as opened:
        await opened.send(message)
        answer = await heard(opened)
        assert (answer["type"], answer["code"]) == ("refused", code)
        assert answer["message"].endswith(".")
        if code == "too_large":
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await heard(opened)
            assert (closed.value.rcvd.code, bool(closed.value.rcvd.reason)) == (4003, True)
        else:
            await opened.send('{"type":"ping"}')
            assert await heard(opened) == {"type": "pong"}


async def test_a_message_in_endless_fragments_is_too_large_as_well(server):
    async with socket(server) as opened:

        async def fragments():
            for _ in range(1000):
                yield "x" * 500

        with contextlib.suppress(websockets.ConnectionClosed):
            await opened.send(fragments())
        assert await until_closed(opened, []) == 4003


async def test_ten_malformed_messages_in_a_minute_close_the_socket(server):
    async with socket(server) as opened:
        for _ in range(10):
            await opened.send("nonsense")
        refusals = [await heard(opened) for _ in range(10)]
        assert {refusal["code"] for refusal in refusals} == {"malformed"}
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await heard(opened)
        assert closed.value.rcvd.code == 4003


async def test_a_flood_is_told_to_slow_down_and_then_let_go_while_another_player_notices_nothing(server):
    other = await Client(server.base, "b", await Client.new_player(server.base)).open()
    async with socket(server, cookie=await Client.new_player(server.base)) as opened:

        async def flood():
            with contextlib.suppress(websockets.ConnectionClosed):
                for _ in range(5000):
                    await opened.send('{"type":"ping"}')

        flooding = asyncio.create_task(flood())
        assert (await other.place(3, 3, 3))["type"] == "placed"
        said: list[dict] = []
        assert await until_closed(opened, said) == 4003
        await flooding
        assert {message.get("code") for message in said} == {None, "rate_limited"}
    assert (await other.place(4, 4, 4))["type"] == "placed"
    await other.close()


@pytest.mark.parametrize(
    "cookie", ["place_player=forged", "place_player=1.token:1abc:sig", "place_player=" + "x" * 5000]
)
async def test_a_forged_cookie_makes_a_spectator_who_may_place_nothing(server, cookie):
    async with socket(server, cookie=cookie) as opened:
        assert opened.hello["player"] is None
        await opened.send(place())
        assert (await heard(opened))["code"] == "unauthenticated"
    async with httpx.AsyncClient(base_url=server.base, headers={"Cookie": cookie}) as http:
        answer = await http.post("/api/boards/b/pixels", content=place())
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_cookie_with_another_players_number_is_forged(server):
    cookie = await Client.new_player(server.base)
    number, rest = cookie.removeprefix("place_player=").split(".", 1)
    async with socket(server, cookie=f"place_player={int(number) - 1}.{rest}") as opened:
        assert opened.hello["player"] is None


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1.evil.example", "http://127.0.0.1:1"]
)
async def test_a_foreign_origin_is_turned_away_before_the_handshake(server, origin):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with socket(server, origin=origin):
            pass
    assert refused.value.response.status_code == 403
    async with httpx.AsyncClient(base_url=server.base, headers={"Origin": origin}) as http:
        assert (await http.post("/api/players")).json()["code"] == "foreign_origin"
        assert (await http.post("/api/boards/b/pixels", content=place())).json()["code"] == "foreign_origin"


async def test_the_sites_own_origin_is_let_in(server):
    async with socket(server, origin=server.base) as opened:
        assert opened.hello["protocol"] == 1


async def test_a_foreign_host_name_is_turned_away(server):
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(f"ws://evil.example:{server.port}/ws/b/", host="127.0.0.1", port=server.port):
            pass


async def test_an_unknown_board_is_closed_with_4004(server):
    with pytest.raises(websockets.ConnectionClosed) as closed:
        async with socket(server, "/ws/nowhere/"):
            pass
    assert (closed.value.rcvd.code, bool(closed.value.rcvd.reason)) == (4004, True)


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "", "9" * 30, "٣"])
async def test_a_since_that_is_no_seq_is_refused_and_answered_with_resync(server, since):
    async with socket(server, f"/ws/b/?since={since}") as opened:
        assert (await heard(opened))["code"] == "malformed"
        assert await heard(opened) == {"type": "resync", "seq": opened.hello["seq"]}
        await opened.send('{"type":"ping"}')
        assert await heard(opened) == {"type": "pong"}


async def test_a_since_in_the_future_is_answered_with_resync(server):
    async with socket(server, "/ws/b/?since=999999999") as opened:
        assert await heard(opened) == {"type": "resync", "seq": opened.hello["seq"]}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/boards/nowhere", 404),
        ("GET", "/api/boards/nowhere/updates", 404),
        ("GET", "/b/nowhere/snapshot", 404),
        ("GET", "/b/nowhere.png", 404),
        ("GET", "/b/nowhere/", 404),
        ("GET", "/api/boards/b/pixels/100/0", 400),
        ("GET", "/api/boards/b/pixels/-1/0", 400),
        ("GET", "/api/boards/b/pixels/a/0", 400),
        ("GET", "/api/boards/b/pixels/1/1?history=1&before=-1", 400),
        ("GET", f"/api/boards/b/pixels/{10**30}/0", 400),
        ("GET", "/api/boards/b/updates?since=-1", 400),
        ("GET", "/api/boards/b/updates?since=x", 400),
        ("GET", f"/api/boards/b/updates?since={10**30}", 400),
        ("GET", "/api/boards/b/updates?limit=10001", 400),
        ("GET", "/api/boards/b/updates?limit=0", 400),
        ("GET", "/b/b.png?scale=0", 400),
        ("GET", "/b/b.png?scale=11", 400),
        ("GET", "/b/b.png?scale=x", 400),
        ("POST", "/b/b/snapshot", 405),
        ("DELETE", "/api/boards/b", 405),
        ("GET", "/api/nothing", 404),
        ("GET", "/static/../placesite/settings.py", 404),
        ("GET", "/static/%2e%2e/%2e%2e/etc/passwd", 404),
    ],
)
async def test_a_bad_address_gets_an_error_that_is_no_crash(server, method, path, status):
    async with httpx.AsyncClient(base_url=server.base) as http:
        answer = await http.request(method, path)
    assert answer.status_code == status
    if path.startswith("/api/") and status != 405:
        assert set(answer.json()) == {"code", "message"}


async def test_a_bad_body_over_http_is_answered_as_over_the_socket(server):
    cookie = await Client.new_player(server.base)
    async with httpx.AsyncClient(base_url=server.base, headers={"Cookie": cookie}) as http:
        for body, code in [
            (b"", "malformed"),
            (b"\xff", "malformed"),
            (place(x=1.5), "malformed"),
            (place(x=100), "out_of_bounds"),
            (place(color=99), "unknown_color"),
            (place(pad="x" * 2000), "too_large"),
        ]:
            answer = await http.post("/api/boards/b/pixels", content=body)
            assert (answer.status_code, answer.json()["code"]) == (400, code)
        good = await http.post("/api/boards/b/pixels", content=place(x=9, y=9))
        assert (good.status_code, good.json()["type"]) == (200, "placed")


async def test_after_all_that_the_server_has_logged_no_error(server):
    async with httpx.AsyncClient(base_url=server.base) as http:
        assert (await http.get("/readyz")).status_code == 200
    assert [line for line in server.log if "Traceback" in line or " ERROR " in line] == []
