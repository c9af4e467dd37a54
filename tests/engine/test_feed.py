"""The feed applies each seq once, in order, whatever reaches it how; and tells its clients just that."""

import asyncio
import random
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from canvas.engine import crowd, db, feed, loading
from canvas.engine.fanout import Frame
from canvas.rules import wire
from canvas.rules.board import State
from tests.engine.helpers import HEIGHT, SIZE, WIDTH, Client, Log, feed_of, loaded, settle, until
from tests.rules.test_board import info


def a_log(length=30, seed=1):
    chance = random.Random(seed)
    return Log((chance.randrange(WIDTH), chance.randrange(HEIGHT), chance.randrange(16)) for _ in range(length))


@pytest.fixture
def log(monkeypatch):
    """A log that feeds fill their gaps from, without a database."""
    log = a_log()
    answer_from(monkeypatch, log)
    return log


def answer_from(monkeypatch, log):
    async def run(function, *args):
        await asyncio.sleep(0)
        return function(*args)

    monkeypatch.setattr(db, "run", run)
    monkeypatch.setattr(loading, "records_between", log.records_between)
    monkeypatch.setattr(feed, "GAP_PATIENCE", 0)


# The property that everything rests on


class Channel:
    """At most once, more or less: loses, doubles, merges and reorders batches."""

    def __init__(self, log, chance, *, lost, doubled):
        self.batches = []
        seq = 0
        while seq < log.head:
            size = chance.randint(1, 4)
            for _ in range((chance.random() >= lost) + (chance.random() < doubled)):
                self.batches.append((seq + 1, log.records(seq, min(seq + size, log.head))))
            if chance.random() < 0.1:  # from another side, cut otherwise
                start = chance.randint(0, seq)
                self.batches.append((start + 1, log.records(start, min(seq + size, log.head))))
            seq += size
        # Shuffled, but only so far: what is late is not later than a second's worth.
        self.batches = [
            batch for _, batch in sorted(enumerate(self.batches), key=lambda item: item[0] + chance.uniform(0, 8))
        ]


@given(
    st.integers(1, 120),
    st.sampled_from([3, 20, 1000]),
    st.sampled_from([0.0, 0.3, 0.9]),
    st.integers(0, 2**32),
)
def test_every_client_gets_exactly_the_log_whatever_the_channel_does(length, ring_size, lost, seed):
    log, chance = a_log(length, seed), random.Random(seed)

    async def watch():
        board = feed_of(ring_size=ring_size)
        clients = []

        def join():
            since = chance.choice(
                [None, chance.randint(0, log.head + 2), max(0, board.told_seq - chance.randint(0, 3))]
            )
            client = Client(log, since if since is not None and since <= log.head else None)
            told = board.told_seq
            continued = board.join(client, since)
            if since is None or (since <= told and board.seq - since <= ring_size):
                assert continued
            if since is not None and since > told:
                assert not continued
            if since is not None and continued:
                assert client.seq == told
            if since is None or not continued:
                client.fetch(told)
            clients.append(client)

        join()
        for first, records in Channel(log, chance, lost=lost, doubled=0.1).batches:
            board.apply(first, records)
            action = chance.random()
            if action < 0.3:
                join()
            elif action < 0.4:
                board.leave(clients.pop(chance.randrange(len(clients))))
                join()
            elif action < 0.5:
                board.heartbeat()
            elif action < 0.8:
                await asyncio.sleep(0)
        await board.fill(log.head)  # the poll finds what was lost at the end
        await settle(board)
        board.heartbeat()
        await settle(board)
        assert board.seq == log.head
        assert board.cells == log.fold(log.head)
        for client in clients:
            assert client.seq == log.head
            assert client.cells == board.cells
            assert client.heartbeats >= 1
        board.close(4000)

    with pytest.MonkeyPatch.context() as monkeypatch:
        answer_from(monkeypatch, log)
        asyncio.run(watch())


# One thing at a time


async def test_records_in_order_are_told_once(log):
    board, client = feed_of(), Client(log, 0)
    board.join(client, 0)
    board.apply(1, log.records(0, 3))
    board.apply(4, log.records(3, 4))
    await settle(board)

    assert client.seq == 4
    assert len(client.frames) == 1


async def test_what_is_known_is_skipped(log):
    board, client = feed_of(log, 5), Client(log, 5)
    board.join(client, 5)
    board.apply(1, log.records(0, 5))
    board.apply(3, log.records(2, 5))
    board.apply(4, log.records(3, 7))
    board.apply(6, log.records(5, 7))
    await settle(board)

    assert (board.seq, client.seq, len(client.frames)) == (7, 7, 1)


async def test_what_is_early_waits_for_its_turn(log, monkeypatch):
    monkeypatch.setattr(feed, "GAP_PATIENCE", 60)
    board = feed_of()
    for first, upto in [(7, 8), (5, 6), (3, 4)]:
        board.apply(first, log.records(first - 1, upto))
    assert board.seq == 0
    board.apply(1, log.records(0, 2))

    assert board.seq == 8
    assert board.cells == log.fold(8)
    board.close(4000)


async def test_a_gap_is_read_from_the_log(log):
    board, client = feed_of(), Client(log, 0)
    board.join(client, 0)
    board.apply(20, log.records(19, 25))
    await until(lambda: board.seq == 25)
    await settle(board)

    assert client.cells == log.fold(25)


async def test_a_short_early_batch_does_not_displace_a_long_one(log, monkeypatch):
    monkeypatch.setattr(feed, "GAP_PATIENCE", 60)
    board = feed_of()
    board.apply(3, log.records(2, 9))
    board.apply(3, log.records(2, 3))
    board.apply(1, log.records(0, 2))

    assert board.seq == 9
    board.close(4000)


async def test_early_batches_are_bounded_and_the_rest_comes_from_the_log(log, monkeypatch):
    monkeypatch.setattr(feed, "MAX_EARLY", 3)
    board = feed_of()
    for seq in range(30, 10, -1):
        board.apply(seq, log.records(seq - 1, seq))
        assert len(board._early) <= 3
    await until(lambda: board.seq == 30)

    assert board.cells == log.fold(30)


async def test_a_gap_that_the_log_cannot_fill_does_not_keep_the_process_busy(log, monkeypatch, caplog):
    """Records of a board that was deleted, or of another world: the poll will know better."""
    asked = []

    def nothing(board_id, after, upto):
        asked.append((after, upto))
        yield b""

    monkeypatch.setattr(loading, "records_between", nothing)
    board = feed_of()
    board.apply(20, log.records(19, 25))
    await asyncio.wait_for(asyncio.shield(board._filling), 10)

    assert len(asked) <= 2
    board.close(4000)


async def test_a_log_that_cannot_be_read_is_left_to_the_poll(log, monkeypatch, caplog):
    def broken(board_id, after, upto):
        raise OperationalError("gone")

    with monkeypatch.context() as outage:
        outage.setattr(loading, "records_between", broken)
        board = feed_of()
        board.apply(20, log.records(19, 25))
        await board._filling
    assert board.seq == 0
    assert "the poll will" in caplog.text

    await board.fill(log.head)
    assert board.seq == 30


async def test_filling_goes_on_where_others_have_filled_meanwhile(log):
    board = feed_of()
    filling = [asyncio.create_task(board.fill(20)), asyncio.create_task(board.fill(25))]
    await asyncio.sleep(0)
    board.apply(1, log.records(0, 10))
    await asyncio.gather(*filling)

    assert (board.seq, board.cells) == (25, log.fold(25))


# Joining


@pytest.mark.parametrize("since", [0, 4, 9])
async def test_who_comes_back_gets_what_was_missed(log, since):
    board, client = feed_of(), Client(log, since)
    board.apply(1, log.records(0, 9))
    await settle(board)

    assert board.join(client, since) is True
    assert (client.seq, client.cells) == (9, board.cells)


async def test_who_holds_nothing_gets_what_comes_next(log):
    board, client = feed_of(log, 9), Client(log, 9)

    assert board.join(client, None) is True
    board.apply(10, log.records(9, 12))
    await settle(board)
    assert client.seq == 12


async def test_who_joins_between_ticks_gets_the_tick_too(log):
    board, client = feed_of(tick=1000), Client(log, 2)
    board.apply(1, log.records(0, 2))
    board.flush()
    board.apply(3, log.records(2, 5))  # known, not told

    assert board.join(client, 2) is True
    assert client.seq == 2
    board.flush()
    await settle(board)
    assert client.seq == 5
    board.close(4000)


async def test_who_joins_during_a_pass_gets_nothing_twice(log, monkeypatch):
    monkeypatch.setattr(crowd, "FAIRNESS", 1)
    board = feed_of()
    first = [Client(log, 0) for _ in range(5)]
    for client in first:
        board.join(client, 0)
    board.apply(1, log.records(0, 3))
    board.flush()
    await asyncio.sleep(0)  # the pass has begun
    late = Client(log, 1)
    board.join(late, 1)
    board.apply(4, log.records(3, 6))
    await settle(board)

    assert {client.seq for client in [*first, late]} == {6}


async def test_who_leaves_during_a_pass_hears_no_more(log, monkeypatch):
    monkeypatch.setattr(crowd, "FAIRNESS", 1)
    board = feed_of()
    clients = [Client(log, 0) for _ in range(5)]
    for client in clients:
        board.join(client, 0)
    board.apply(1, log.records(0, 3))
    board.flush()
    await asyncio.sleep(0)
    told = [client for client in clients if client.seq]
    for client in clients:
        board.leave(client)
    await settle(board)

    assert [client for client in clients if client.seq] == told
    assert board.online == 0


@pytest.mark.parametrize("since", [10, 11, 2**63])
async def test_who_comes_from_the_future_starts_over(log, since):
    assert feed_of(log, 9).join(Client(log), since) is False


async def test_who_comes_from_too_far_back_starts_over(log):
    board = feed_of(ring_size=4)
    board.apply(1, log.records(0, 30))
    await settle(board)

    assert board.join(Client(log, 3), 3) is False
    client = Client(log, 27)
    assert board.join(client, 27) is True
    assert client.seq == 30


async def test_who_holds_the_board_of_before_a_reset_starts_over(log):
    board = feed_of(log, 9, baseline_id=1, baseline_seq=9)
    assert board.join(Client(log), 8) is False
    assert board.join(Client(log), 9) is False  # of before or after it? nobody can tell

    board.apply(10, log.records(9, 12))
    await settle(board)
    assert board.join(Client(log, 10), 10) is True
    assert board.join(Client(log), 9) is False


async def test_after_loading_the_recent_log_serves_who_was_there_before(log):
    board = feed_of(log, 20)
    board.remember(11, log.records(10, 20))

    client = Client(log, 12)
    assert board.join(client, 12) is True
    assert (client.seq, client.cells) == (20, board.cells)
    assert board.join(Client(log), 9) is False


@pytest.mark.parametrize(("first", "upto"), [(11, 19), (12, 21), (1, 5), (21, 20)])
async def test_a_memory_that_does_not_end_now_is_not_taken(log, first, upto):
    board = feed_of(log, 20)
    board.remember(first, log.records(first - 1, upto))

    assert board.join(Client(log, 20), 20) is True
    assert board.join(Client(log), 19) is False


# Frames out


async def test_a_frame_is_encoded_once_for_all(log):
    board, clients = feed_of(), [Client(log, 0) for _ in range(10)]
    for client in clients:
        board.join(client, 0)
    board.apply(1, log.records(0, 3))
    await settle(board)

    assert len({id(client.frames[0]) for client in clients}) == 1


async def test_many_commits_in_one_tick_are_one_frame(log):
    board, client = feed_of(tick=0.02), Client(log, 0)
    board.join(client, 0)
    board.apply(1, log.records(0, 1))
    await until(lambda: client.seq == 1)
    for seq in range(1, 20):
        board.apply(seq + 1, log.records(seq, seq + 1))
        await asyncio.sleep(0)
    await until(lambda: client.seq == 20)

    assert len(client.frames) == 2


async def test_more_than_a_frame_can_carry_is_several_frames():
    log = a_log(70_000)
    board, client = feed_of(ring_size=200_000), Client(log, 0)
    board.join(client, 0)
    board.apply(1, log.records(0, 70_000))
    await settle(board)

    assert len(client.frames) == 2
    assert client.cells == board.cells


async def test_more_than_the_ring_holds_sends_everybody_to_the_snapshot(log):
    board, client = feed_of(ring_size=3), Client(log, 0)
    board.join(client, 0)
    board.apply(1, log.records(0, 30))
    await settle(board)

    assert client.of_type("resync") == [{"type": "resync", "seq": 30}]
    board.heartbeat()
    await settle(board)
    assert client.heartbeats == 1


async def test_a_heartbeat_is_of_a_seq_that_everybody_has_reached(log):
    board, client = feed_of(tick=1000), Client(log, 0)
    board.join(client, 0)
    board.apply(1, log.records(0, 1))
    board.flush()
    board.apply(2, log.records(1, 7))
    board.heartbeat()
    await settle(board)

    checksum, seq = wire.decode_heartbeat(client.frames[-1].payload)
    assert (checksum, seq) == (zlib.crc32(log.fold(7)), 7)
    board.close(4000)


async def test_nobody_is_told_of_an_unwatched_boards_heart(log):
    board = feed_of(log, 3)
    board.heartbeat()

    assert board.crowd.idle


async def test_an_outlet_that_breaks_does_not_take_the_others_with_it(log, caplog):
    class Broken(Client):
        def write(self, frame):
            raise ValueError("an outlet must not, but this one does")

    board = feed_of()
    clients = [Client(log, 0) for _ in range(20)]
    broken = Broken(log, 0)
    for outlet in [*clients[:10], broken, *clients[10:]]:
        board.join(outlet, None)
    for seq in range(3):
        board.apply(seq + 1, log.records(seq, seq + 1))
        await settle(board)

    assert {client.seq for client in clients} == {3}
    assert board.online == 20
    assert broken.closed == 4008


# Settings and resets


async def test_new_settings_are_told_in_their_place_among_the_pixels(log):
    board, client = feed_of(), Client(log, 0)
    board.join(client, 0)
    board.apply(1, log.records(0, 2))
    board.change(info(cooldown=7, revision=2))
    board.apply(3, log.records(2, 3))
    await settle(board)

    assert client.of_type("board")[0]["board"]["cooldown"] == 7
    assert [isinstance(frame.payload, str) for frame in client.frames] == [False, True, False]


async def test_a_reset_sends_everybody_back_to_the_snapshot(log):
    board, client = feed_of(log, 5), Client(log, 5)
    board.join(client, 5)
    board.apply(6, log.records(5, 8))
    after = loaded(log, 8, info=info(revision=2), baseline_id=1, baseline_seq=8, cells=bytearray(SIZE))
    blank = Log(log.pixels)
    blank.fold = lambda seq: bytearray(SIZE) if seq == 8 else Log.fold(blank, seq)
    client.log = blank
    board.restart(after)
    board.apply(9, log.records(8, 10))
    await settle(board)

    assert [message["type"] for message in client.messages] == ["board", "resync"]
    assert (client.seq, client.cells) == (10, board.cells)


async def test_records_of_before_a_reset_do_not_show_after_it(log, monkeypatch):
    monkeypatch.setattr(feed, "GAP_PATIENCE", 60)
    board = feed_of(log, 5)
    board.apply(8, log.records(7, 9))  # early, when the reset comes
    board.restart(loaded(log, 12, baseline_id=1, baseline_seq=12, cells=bytearray(SIZE)))
    for first, upto in [(6, 9), (1, 12), (12, 12)]:
        board.apply(first, log.records(first - 1, upto))

    assert (board.seq, board.cells) == (12, bytearray(SIZE))
    board.apply(13, log.records(12, 13))
    assert board.cells == loaded(Log(log.pixels[12:13]), 1).cells
    board.close(4000)


async def test_a_reset_that_was_loaded_before_the_newest_pixels_is_caught_up_with(log):
    """The feed has heard of seq 14 already; what was loaded stands at 12."""
    board, client = feed_of(log, 5), Client(log, 5)
    board.join(client, 5)
    board.apply(6, log.records(5, 14))
    await settle(board)
    board.restart(loaded(log, 12, baseline_id=1, baseline_seq=5, cells=log.fold(12)))
    await board.fill(14)
    await settle(board)

    assert (client.seq, client.cells) == (14, log.fold(14))


async def test_opening_times_are_told_when_they_come(log):
    soon = datetime.now(UTC) + timedelta(milliseconds=30)
    board, client = feed_of(log, 0, info=info(opens_at=soon)), Client(log, 0)
    board.join(client, 0)
    board.check_state()
    await settle(board)
    assert client.messages == []

    await until(lambda: datetime.now(UTC) >= soon)
    board.check_state()
    board.check_state()
    await settle(board)
    assert [message["board"]["state"] for message in client.messages] == [State.OPEN]


async def test_closing_lets_everybody_go(log):
    board, clients = feed_of(), [Client(log, 0) for _ in range(3)]
    for client in clients:
        board.join(client, 0)
    board.tell([Frame("x")])
    board.close(4000)

    assert {client.closed for client in clients} == {4000}
