"""One frame to one socket: in order, bounded, and never waited for."""

import asyncio

import pytest

from canvas.engine.fanout import DirectOutlet, Frame, QueueOutlet
from canvas.rules.refusals import CloseCode
from tests.engine.helpers import until


class Socket:
    """A transport whose client reads nothing."""

    def __init__(self):
        self.written = []

    def write(self, data):
        self.written.append(data)

    def buffered(self):
        return sum(map(len, self.written))


class Asgi:
    """An ASGI `send` that can be held up."""

    def __init__(self):
        self.sent = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, message):
        await self.open.wait()
        self.sent.append(message)


@pytest.mark.parametrize(
    ("payload", "head"),
    [
        (b"", "8200"),
        (b"x" * 125, "827d"),
        (b"x" * 126, "827e007e"),
        (b"x" * 65_535, "827effff"),
        (b"x" * 65_536, "827f0000000000010000"),
        ("hi", "8102"),
        ("é" * 100, "817e00c8"),
    ],
)
def test_a_frame_is_framed_as_the_rfc_says(payload, head):
    body = payload.encode() if isinstance(payload, str) else payload

    assert Frame(payload).wire == bytes.fromhex(head) + body


def test_a_frame_is_made_once_for_everybody():
    frame = Frame(b"abc")
    sockets = [Socket() for _ in range(3)]
    for socket in sockets:
        DirectOutlet(socket, close=lambda code: None, max_buffered=100).write(frame)

    assert len({id(socket.written[0]) for socket in sockets}) == 1


def test_a_direct_outlet_lets_a_slow_client_go_at_the_bound_and_writes_nothing_more():
    socket, closed = Socket(), []
    outlet = DirectOutlet(socket, close=closed.append, max_buffered=24)
    for _ in range(5):
        outlet.write(Frame(b"0123456789"))  # 12 bytes with its head

    assert closed == [CloseCode.TOO_SLOW]
    assert len(socket.written) == 3


def test_a_direct_outlet_closes_once():
    closed = []
    outlet = DirectOutlet(Socket(), close=closed.append, max_buffered=24)
    outlet.close(CloseCode.GOING_AWAY)
    outlet.close(CloseCode.KICKED)
    outlet.write(Frame(b"x"))

    assert closed == [CloseCode.GOING_AWAY]


async def test_a_queue_outlet_sends_in_order_then_closes():
    send = Asgi()
    outlet = QueueOutlet(send, max_buffered=1000)
    outlet.write(Frame(b"1"))
    outlet.write(Frame("2"))
    outlet.close(CloseCode.KICKED)
    outlet.write(Frame(b"never"))
    outlet.close(CloseCode.GOING_AWAY)
    await outlet._task

    assert [(m["type"], m.get("bytes"), m.get("text"), m.get("code")) for m in send.sent] == [
        ("websocket.send", b"1", None, None),
        ("websocket.send", None, "2", None),
        ("websocket.close", None, None, CloseCode.KICKED),
    ]


async def test_a_queue_outlet_lets_a_slow_client_go_without_what_waited():
    send = Asgi()
    send.open.clear()
    outlet = QueueOutlet(send, max_buffered=25)
    for _ in range(10):
        outlet.write(Frame(b"0123456789"))
    held = outlet._queue.qsize()
    send.open.set()
    await outlet._task

    assert held <= 2
    assert send.sent == [{"type": "websocket.close", "code": CloseCode.TOO_SLOW} | send.sent[0]]


async def test_what_was_sent_no_longer_counts_against_the_bound():
    send = Asgi()
    outlet = QueueOutlet(send, max_buffered=25)
    for i in range(20):
        outlet.write(Frame(b"0123456789"))
        await until(lambda wanted=i + 1: len(send.sent) == wanted)
    outlet.abandon()

    assert all(message["type"] == "websocket.send" for message in send.sent)


@pytest.mark.parametrize("error", [OSError, RuntimeError, ConnectionResetError])
async def test_a_transport_that_went_away_ends_the_sending_quietly(error):
    async def send(message):
        raise error("gone")

    outlet = QueueOutlet(send, max_buffered=1000)
    outlet.write(Frame(b"1"))
    await outlet._task
    outlet.write(Frame(b"2"))
    outlet.close(CloseCode.KICKED)

    assert outlet._queue.empty()


async def test_a_client_that_left_is_sent_nothing_more():
    send = Asgi()
    send.open.clear()
    outlet = QueueOutlet(send, max_buffered=1000)
    outlet.write(Frame(b"1"))
    await asyncio.sleep(0)
    outlet.abandon()
    outlet.write(Frame(b"2"))
    await asyncio.gather(outlet._task, return_exceptions=True)

    assert outlet._task.cancelled()
    assert send.sent == []
