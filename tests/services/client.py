"""A client of the protocol for tests, written from docs/protocol.md alone: it shares no code with the server.

It keeps the board as a page would and fails at once on a gap or an overlap.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import struct
import uuid
import zlib

import httpx
import websockets

# Made once: httpx would read the certificate store anew for every client, of which tests make a thousand.
PLAIN = ssl.create_default_context()


class ProtocolError(AssertionError):
    """The server broke the protocol."""


class Client:
    """One socket, with a player when it has a cookie. `cells` is the board at `seq`."""

    def __init__(self, base: str, slug: str, cookie: str | None = None) -> None:
        self.base, self.slug, self.cookie = base, slug, cookie
        self.seq: int | None = None
        self.cells: bytearray | None = None
        self.held: list[tuple[int, bytes]] = []
        self.hello: dict = {}
        self.answers: dict[str, asyncio.Future] = {}
        self.texts: list[dict] = []
        self.heartbeats = 0
        self.mismatches = 0
        self.updates = 0
        self.moved = asyncio.Event()
        self.close_code: int | None = None

    @staticmethod
    async def new_player(base: str) -> str:
        """A new player's cookie header."""
        async with httpx.AsyncClient(base_url=base, timeout=30, verify=PLAIN) as http:
            response = await http.post("/api/players", json={})
            response.raise_for_status()
            return f"place_player={http.cookies['place_player']}"

    async def open(self, since: int | None = None, base: str | None = None) -> Client:
        if base:
            self.base = base
        query = "" if since is None else f"?since={since}"
        headers = {"Cookie": self.cookie} if self.cookie else {}
        self.hello = {}
        self.socket = await websockets.connect(
            f"{self.base.replace('http', 'ws')}/ws/{self.slug}/{query}",
            additional_headers=headers,
            max_size=None,
            open_timeout=30,
            ping_interval=None,
        )
        self.next_seq = None if since is None else since + 1
        self.hello = json.loads(await self.socket.recv())
        if self.next_seq is None:
            self.next_seq = self.hello["seq"] + 1
        self.reader = asyncio.create_task(self._read())
        return self

    async def close(self) -> None:
        self.reader.cancel()
        await asyncio.gather(self.reader, return_exceptions=True)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.socket.close(), 3)

    async def place(self, x: int, y: int, color: int, request_id: str | None = None) -> dict:
        return await (await self.ask(x, y, color, request_id))

    async def ask(self, x: int, y: int, color: int, request_id: str | None = None) -> asyncio.Future:
        """The future of the answer."""
        request_id = request_id or str(uuid.uuid4())
        future = self.answers.setdefault(request_id, asyncio.get_running_loop().create_future())
        await self.socket.send(json.dumps({"type": "place", "id": request_id, "x": x, "y": y, "color": color}))
        return future

    async def fetch_snapshot(self) -> None:
        """Take the snapshot, fill from the updates API up to where the socket's deltas begin, apply what was held."""
        async with httpx.AsyncClient(base_url=self.base, timeout=30, verify=PLAIN) as http:
            body = (await http.get(f"/b/{self.slug}/snapshot", headers={"Accept-Encoding": "identity"})).content
            self.take_snapshot(body)
            while self.seq < self.next_seq - 1:
                answer = (await http.get(f"/api/boards/{self.slug}/updates?since={self.seq}&limit=10000")).json()
                if not answer["updates"]:
                    break
                for update in answer["updates"]:
                    if update["seq"] == self.seq + 1:
                        self.cells[update["y"] * self.width + update["x"]] = update["color"]
                        self.seq += 1
        held, self.held = self.held, []
        for first, records in held:
            self._apply(first, records)

    def take_snapshot(self, body: bytes) -> None:
        magic, self.width, self.height, seq, checksum, self.revision = struct.unpack_from("<4sHHQII", body)
        cells = bytearray(body[24:])
        if magic != b"PLB1" or len(cells) != self.width * self.height or zlib.crc32(cells) != checksum:
            raise ProtocolError("a bad snapshot")
        self.cells, self.seq = cells, seq

    async def reaches(self, seq: int, seconds: float = 20) -> None:
        """Wait until this client has been told everything up to a seq."""

        async def wait() -> None:
            while (self.next_seq or 0) <= seq:
                self.moved.clear()
                await self.moved.wait()

        await asyncio.wait_for(wait(), seconds)

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                if isinstance(message, bytes):
                    self._binary(message)
                else:
                    self._text(json.loads(message))
        except websockets.ConnectionClosed as error:
            self.close_code = error.rcvd.code if error.rcvd else 1006
        else:
            self.close_code = self.socket.close_code
        for future in self.answers.values():
            if not future.done():
                future.cancel()

    def _text(self, message: dict) -> None:
        if message["type"] in ("placed", "refused") and message.get("id") in self.answers:
            future = self.answers[message["id"]]
            if not future.done():
                future.set_result(message)
        elif message["type"] == "resync":
            self.next_seq = message["seq"] + 1
            self.held.clear()
            self.cells = self.seq = None
        self.texts.append(message)
        self.moved.set()

    def _binary(self, frame: bytes) -> None:
        if frame[0] == 1:
            _, zero, count, first = struct.unpack_from("<BBHQ", frame)
            records = frame[12:]
            if zero or len(records) != 5 * count or count == 0:
                raise ProtocolError("a bad delta")
            if first != self.next_seq:
                raise ProtocolError(f"a delta begins at {first}, expected {self.next_seq}")
            self.next_seq = first + count
            self.updates += count
            if self.cells is None:
                self.held.append((first, records))
            else:
                self._apply(first, records)
        elif frame[0] == 2:
            checksum, seq = struct.unpack_from("<3xIQ", frame, 1)
            self.heartbeats += 1
            if seq >= self.next_seq:
                raise ProtocolError(f"a heartbeat at {seq}, told up to {self.next_seq - 1}")
            if self.cells is not None and seq == self.seq and zlib.crc32(self.cells) != checksum:
                self.mismatches += 1
        else:
            raise ProtocolError(f"an unknown frame {frame[:1].hex()}")
        self.moved.set()

    def _apply(self, first: int, records: bytes) -> None:
        for offset, (x, y, color) in enumerate(struct.iter_unpack("<HHB", records)):
            if first + offset > self.seq:
                self.cells[y * self.width + x] = color
                self.seq = first + offset
