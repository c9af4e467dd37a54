"""Thousands of clients in one process: raw sockets, frames parsed by hand. Written from docs/protocol.md alone.

A member that loses its connection comes back with `since`, and asks again with the same request id for what was not
answered. Nobody keeps a board: members check that their deltas follow each other without gap or overlap, and what they
were told is kept once for all, to be compared with the server's log in the end.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import uuid
import zlib
from collections import Counter
from collections.abc import Sequence

import httpx
import numpy as np

from tests.services.client import PLAIN, ProtocolError

SILENCE = 30.0
"""Seconds after which a placement that is neither answered nor cut off is an error."""
RECORD = np.dtype([("x", "<u2"), ("y", "<u2"), ("color", "u1")])


class Crowd:
    """Members of one board, and all that they were told."""

    def __init__(self, bases: Sequence[str], slug: str) -> None:
        self.bases, self.slug = list(bases), slug
        self.told: set[tuple[int, bytes]] = set()
        self.checksums: set[tuple[int, int]] = set()
        self.closes: Counter[int] = Counter()
        self.resyncs = 0
        self.errors: list[str] = []
        self.acknowledged: dict[str, dict] = {}
        self.members: list[Member] = []
        self.tasks: list[asyncio.Task] = []

    async def join(self, count: int, cookies: Sequence[str] = ()) -> list[Member]:
        """So many new members, the first of them players; returns when all have heard hello."""
        made = [Member(self, cookies[n] if n < len(cookies) else None) for n in range(count)]
        self.members += made
        self.tasks += [asyncio.create_task(member.stay()) for member in made]
        for member in made:
            await asyncio.wait_for(member.online.wait(), 60)
        return made

    async def players(self, count: int) -> list[str]:
        """Cookies of new players."""
        limit = asyncio.Semaphore(8)

        async def one() -> str:
            async with limit, httpx.AsyncClient(base_url=self.bases[0], timeout=30, verify=PLAIN) as http:
                (await http.post("/api/players", json={})).raise_for_status()
                return f"place_player={http.cookies['place_player']}"

        return await asyncio.gather(*(one() for _ in range(count)))

    async def all_reach(self, seq: int, seconds: float = 60) -> None:
        """Wait until every member was told everything up to a seq."""
        deadline = asyncio.get_running_loop().time() + seconds
        while behind := [member for member in self.members if (member.next_seq or 0) <= seq]:
            assert asyncio.get_running_loop().time() < deadline, (
                f"{len(behind)} of {len(self.members)} are behind {seq}, at {sorted({m.next_seq for m in behind})[:5]}"
            )
            await asyncio.sleep(0.05)

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for member in self.members:
            member.abort()

    def check(self, records: bytes, width: int, height: int) -> None:
        """Everything told to anybody is what the log has: `records`, packed, from seq 1 on."""
        assert not self.errors, self.errors[:5]
        for first, told in self.told:
            start = (first - 1) * RECORD.itemsize
            assert records[start : start + len(told)] == told, f"what was told from {first} on is not in the log"
        cells, seq = np.zeros(width * height, np.uint8), 0
        for upto, checksum in sorted(self.checksums):
            paint(cells, width, records[seq * RECORD.itemsize : upto * RECORD.itemsize])
            seq = upto
            assert zlib.crc32(cells.tobytes()) == checksum, f"a wrong checksum at {upto}"


def paint(cells: np.ndarray, width: int, records: bytes) -> None:
    for x, y, color in np.frombuffer(records, RECORD):
        cells[int(y) * width + int(x)] = color


class Member(asyncio.Protocol):
    """One client, for as long as the test lasts; it is its own asyncio protocol, connection after connection."""

    def __init__(self, crowd: Crowd, cookie: str | None) -> None:
        self.crowd, self.cookie = crowd, cookie
        self.next_seq: int | None = None
        self.online = asyncio.Event()
        self.lost = asyncio.Event()
        self.answers: dict[str, asyncio.Future] = {}
        self.transport: asyncio.Transport | None = None
        self.connections = 0

    # The connection

    async def stay(self) -> None:
        """Connect, and again after a pause whenever the connection is lost."""
        pause = 0.1
        while True:
            self.lost.clear()
            try:
                await self.connect()
                await self.lost.wait()
            except OSError:
                pass
            pause = 0.1 if self.connections and self.heard_hello else min(2.0, pause * 2)
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)

    async def connect(self) -> None:
        base = random.choice(self.crowd.bases)
        host, _, port = base.removeprefix("http://").partition(":")
        self.buffer = b""
        self.upgraded = self.heard_hello = False
        self.connections += 1
        await asyncio.get_running_loop().create_connection(lambda: self, host, int(port))
        since = "" if self.next_seq is None else f"?since={self.next_seq - 1}"
        cookie = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        self.transport.write(handshake(f"/ws/{self.crowd.slug}/{since}", f"{host}:{port}", cookie))

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.online.clear()
        self.lost.set()
        for future in self.answers.values():
            if not future.done():
                future.set_result(None)

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        buffer = self.buffer + data if self.buffer else data
        try:
            if not self.upgraded:
                head, found, rest = buffer.partition(b"\r\n\r\n")
                if not found:
                    self.buffer = buffer
                    return
                if b" 101 " not in head.split(b"\r\n", 1)[0]:
                    raise ProtocolError(f"no socket: {head[:60]!r}")
                self.upgraded = True
                buffer = rest
            opcodes, self.buffer = frames(buffer)
            for opcode, payload in opcodes:
                self.frame(opcode, payload)
        except Exception as error:
            self.crowd.errors.append(repr(error))
            self.abort()

    def frame(self, opcode: int, payload: bytes) -> None:
        match opcode:
            case 1:
                self.text(payload)
            case 2:
                self.binary(payload)
            case 8:
                self.crowd.closes[struct.unpack_from("!H", payload)[0] if payload else 1005] += 1
                self.transport.write(masked(8, payload[:2]))
                self.transport.close()
            case 9:
                self.transport.write(masked(10, payload))

    # What it is told

    def binary(self, payload: bytes) -> None:
        if payload[0] == 1:
            count, first = struct.unpack_from("<2xHQ", payload)
            if first != self.next_seq or count == 0 or len(payload) != 12 + 5 * count:
                raise ProtocolError(f"a delta of {count} from {first}, expected {self.next_seq}")
            self.next_seq = first + count
            self.crowd.told.add((first, payload[12:]))
        elif payload[0] == 2:
            checksum, seq = struct.unpack_from("<4xIQ", payload)
            if seq >= self.next_seq:
                raise ProtocolError(f"a heartbeat at {seq}, told up to {self.next_seq - 1}")
            self.crowd.checksums.add((seq, checksum))
        else:
            raise ProtocolError(f"an unknown frame {payload[:1].hex()}")

    def text(self, payload: bytes) -> None:
        message = json.loads(payload)
        match message["type"]:
            case "hello":
                self.heard_hello = True
                if self.next_seq is None:
                    self.next_seq = message["seq"] + 1
                self.online.set()
            case "resync":
                self.crowd.resyncs += 1
                self.next_seq = message["seq"] + 1
            case "placed" | "refused":
                future = self.answers.get(message.get("id"))
                if future is None and message.get("code") == "rate_limited":
                    future = next(iter(self.answers.values()), None)
                if future is not None and not future.done():
                    future.set_result(message)

    # What it does

    def send(self, message: dict) -> None:
        self.transport.write(masked(1, json.dumps(message).encode()))

    async def place(self, x: int, y: int, color: int) -> dict:
        """Place a pixel whatever happens: the `placed` of it."""
        request_id = str(uuid.uuid4())
        while True:
            await self.online.wait()
            self.answers[request_id] = asyncio.get_running_loop().create_future()
            self.send({"type": "place", "id": request_id, "x": x, "y": y, "color": color})
            try:
                answer = await asyncio.wait_for(self.answers[request_id], SILENCE)
            except TimeoutError:
                self.crowd.errors.append(f"no answer to a placement in {SILENCE} s")
                raise
            finally:
                del self.answers[request_id]
            if answer is None:
                continue  # the connection was lost
            if answer["type"] == "placed":
                self.crowd.acknowledged[request_id] = answer
                return answer
            if answer["code"] not in ("busy", "rate_limited"):
                raise ProtocolError(f"refused: {answer}")
            await asyncio.sleep(answer.get("wait") or 0.5)


def handshake(path: str, host: str, more: str = "") -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    ).encode()


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame. A mask of zeros is a mask, and leaves the payload as it is."""
    if len(payload) < 126:
        return struct.pack("!BB4x", 0x80 | opcode, 0x80 | len(payload)) + payload
    return struct.pack("!BBH4x", 0x80 | opcode, 0x80 | 126, len(payload)) + payload


def frames(buffer: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """(opcode and payload of every whole frame, what is left) of a server's bytes."""
    found, at, end = [], 0, len(buffer)
    while end - at >= 2:
        length, head = buffer[at + 1], 2
        if length == 126:
            if end - at < 4:
                break
            (length,), head = struct.unpack_from("!H", buffer, at + 2), 4
        elif length == 127:
            if end - at < 10:
                break
            (length,), head = struct.unpack_from("!Q", buffer, at + 2), 10
        if end - at < head + length:
            break
        found.append((buffer[at] & 0x0F, buffer[at + head : at + head + length]))
        at += head + length
    return found, buffer[at:]


def deaf_socket(base: str, path: str) -> socket.socket:
    """A client that shakes hands and never reads: small windows, so that little hides in the kernel's buffers."""
    host, _, port = base.removeprefix("http://").partition(":")
    made = socket.socket()
    # The kernel sizes the sender's buffer by the segment size, which is 64 KiB on loopback and 1.4 KiB elsewhere.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.settimeout(20)
    made.connect((host, int(port)))
    made.sendall(handshake(path, f"{host}:{port}"))
    return made
