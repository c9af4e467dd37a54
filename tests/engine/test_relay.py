"""Relays hear each other over the channel layer, and outlive it."""

import asyncio

import pytest
from channels.layers import InMemoryChannelLayer

from canvas.engine import relay
from canvas.engine.ledger import Committed
from canvas.engine.relay import Relay
from tests.engine.helpers import until


class Layer(InMemoryChannelLayer):
    """One that fails on demand, as Redis does when it restarts."""

    def __init__(self):
        super().__init__()
        self.failing = set()
        self.refused = 0
        self.made = []

    def _check(self, name):
        if name in self.failing:
            self.refused += 1
            raise ConnectionError(f"{name}: connection refused")

    async def new_channel(self, prefix="specific."):
        self._check("new_channel")
        self.made.append(await super().new_channel(prefix))
        return self.made[-1]

    async def group_add(self, group, channel):
        self._check("group_add")
        await super().group_add(group, channel)

    async def group_send(self, group, message):
        self._check("group_send")
        await super().group_send(group, message)

    async def receive(self, channel):
        self._check("receive")
        return await super().receive(channel)


@pytest.fixture
def layer(monkeypatch):
    layer = Layer()
    monkeypatch.setattr(relay, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(relay, "RETRY_AFTER", 0.001)
    return layer


@pytest.fixture
async def processes(layer):
    """`processes(name)` is a process's relay and what it heard."""
    made = []

    async def make(name, *, boards=(1,), hear=None):
        heard = []
        made.append(Relay(name, hear or heard.append))
        await until(lambda: made[-1]._channel is not None or layer.failing)
        for board_id in boards:
            await made[-1].follow(board_id)
        return made[-1], heard

    yield make
    for one in made:
        await one.close()


async def test_two_processes_hear_each_other_and_not_themselves(processes):
    (first, heard_by_first), (second, heard_by_second) = await processes("a"), await processes("b")
    first.committed(Committed(1, 5, b"12345"))
    second.publish(1, {"type": "board.changed"})
    await until(lambda: heard_by_first and heard_by_second)

    assert heard_by_second == [{"type": "board.delta", "first_seq": 5, "records": b"12345", "board": 1, "process": "a"}]
    assert heard_by_first == [{"type": "board.changed", "board": 1, "process": "b"}]


async def test_a_process_hears_of_its_boards_only(processes):
    (first, _), (_, heard) = await processes("a"), await processes("b", boards=[2])
    first.publish(1, {"type": "board.changed"})
    first.publish(2, {"type": "board.changed"})
    await until(lambda: heard)

    assert [message["board"] for message in heard] == [2]


async def test_a_message_from_a_command_reaches_every_process(processes, layer):
    (_, first), (_, second) = await processes("a"), await processes("b")
    await layer.group_send(relay.group_of(1), {"type": "board.changed", "board": 1})
    await until(lambda: first and second)

    assert first == second == [{"type": "board.changed", "board": 1}]


async def test_a_layer_that_refuses_messages_is_tried_with_the_next(processes, layer, caplog):
    (first, _), (_, heard) = await processes("a"), await processes("b")
    layer.failing = {"group_send"}
    first.publish(1, {"type": "lost"})
    first.publish(1, {"type": "lost too"})
    await until(lambda: not first.healthy and not first._outgoing)
    layer.failing = set()
    first.publish(1, {"type": "heard"})
    await until(lambda: heard)

    assert [message["type"] for message in heard] == ["heard"]
    assert first.healthy
    assert caplog.text.count("does not answer") == 1


async def test_a_layer_that_hangs_is_given_up(processes, layer, monkeypatch):
    monkeypatch.setattr(relay, "SEND_TIMEOUT", 0.01)
    (first, _), (_, heard) = await processes("a"), await processes("b")
    with monkeypatch.context() as outage:
        outage.setattr(layer, "group_send", lambda *_: asyncio.Event().wait())
        first.publish(1, {"type": "lost"})
        await until(lambda: not first.healthy)
    first.publish(1, {"type": "heard"})
    await until(lambda: heard)

    assert [message["type"] for message in heard] == ["heard"]


async def test_who_starts_without_a_layer_hears_once_it_is_there(processes, layer):
    layer.failing = {"new_channel", "group_add"}
    first, heard = await processes("a")
    await until(lambda: not first.healthy)
    layer.failing = {"group_add"}
    await until(lambda: layer.made)
    layer.failing = set()
    await until(lambda: layer.groups.get(relay.group_of(1)))
    await layer.group_send(relay.group_of(1), {"type": "board.changed"})
    await until(lambda: heard)


async def test_an_outage_leaves_no_trail_of_channels(processes, layer):
    """Each one would go on collecting messages that nobody reads."""
    first, _heard = await processes("a", boards=[])
    first._boards.add(1)
    layer.failing = {"group_add", "receive"}
    await layer.send(first._channel, {"type": "wake up"})
    await until(lambda: layer.refused > 5)
    layer.failing = set()
    await until(lambda: layer.groups.get(relay.group_of(1)))

    assert len(layer.made) == 1
    assert set(layer.groups[relay.group_of(1)]) == {first._channel}


async def test_a_board_that_could_not_be_followed_is_followed_later(processes, layer):
    first, heard = await processes("a", boards=[])
    layer.failing = {"group_add"}
    await first.follow(1)
    layer.failing = set()
    await until(lambda: layer.groups.get(relay.group_of(1)))
    await layer.group_send(relay.group_of(1), {"type": "board.changed"})
    await until(lambda: heard)


async def test_a_message_that_makes_no_sense_is_no_fault_of_the_layer(processes, layer, caplog):
    heard = []

    def hear(message):
        if message["type"] == "nonsense":
            raise KeyError("records")
        heard.append(message)

    (first, _), (second, _) = await processes("a"), await processes("b", hear=hear)
    first.publish(1, {"type": "nonsense"})
    first.publish(1, {"type": "sense"})
    await until(lambda: heard)

    assert second.healthy
    assert len(layer.made) == 2


async def test_what_waits_to_be_published_is_bounded_and_the_oldest_go(processes, layer, monkeypatch):
    monkeypatch.setattr(relay, "MAX_OUTGOING", 5)
    (first, _), (_, heard) = await processes("a"), await processes("b")
    for i in range(20):
        first.publish(1, {"type": str(i)})
    await until(lambda: len(heard) == 5)

    assert [message["type"] for message in heard] == ["15", "16", "17", "18", "19"]


@pytest.mark.parametrize("turns", range(12))
async def test_a_relay_is_closed_in_the_middle_of_an_outage(layer, monkeypatch, turns):
    """wait_for() of Python 3.11 forgets a cancellation that comes together with an error: whichever turn that is."""
    monkeypatch.setattr(relay, "RETRY_AFTER", 0)
    layer.failing = {"group_add", "group_send"}
    one = Relay("a", lambda message: None)
    await one.follow(1)
    await until(lambda: layer.refused > 2)
    for _ in range(turns):
        await asyncio.sleep(0)
    closing = asyncio.create_task(one.close())
    done, _ = await asyncio.wait([closing], timeout=1)
    for task in one._tasks:
        task.cancel()

    assert done


async def test_a_relay_that_is_closed_leaves_no_task(processes):
    first, _ = await processes("a")
    await first.close()

    assert all(task.done() for task in first._tasks)
