"""What tests of the engine build with: a log in memory, and a client that does what a browser does with frames."""

import asyncio
import json
import zlib

from canvas.engine import loading
from canvas.engine.feed import Feed
from canvas.engine.loading import LoadedBoard
from canvas.rules import wire
from tests.rules.test_board import info

WIDTH, HEIGHT = 8, 6
SIZE = WIDTH * HEIGHT


class Log:
    """A board's log without a database; `fold(seq)` is the board at that seq."""

    def __init__(self, pixels=()):
        self.pixels = list(pixels)

    @property
    def head(self):
        return len(self.pixels)

    def records(self, after, upto):
        return wire.pack_records(self.pixels[after:upto])

    def fold(self, seq):
        cells = bytearray(SIZE)
        for x, y, color in self.pixels[:seq]:
            cells[y * WIDTH + x] = color
        return cells

    def records_between(self, board_id, after, upto):
        """In the place of loading.records_between."""
        yield self.records(after, min(upto, self.head))


def loaded(log=None, seq=0, **changed):
    given = {
        "info": info(),
        "seq": seq,
        "baseline_id": None,
        "baseline_seq": 0,
        "cells": (log or Log()).fold(seq),
        "snapshot_seq": 0,
    }
    return LoadedBoard(**{**given, **changed})


def feed_of(log=None, seq=0, *, tick=0.0, ring_size=1000, **changed):
    return Feed(loaded(log, seq, **changed), tick=tick, ring_size=ring_size)


class Client:
    """An outlet that keeps a board as a browser would, and fails on what a browser would have to refuse."""

    def __init__(self, log, since=None):
        self.log = log
        self.seq = since
        self.cells = log.fold(since or 0)
        self.frames = []
        self.messages = []
        self.heartbeats = 0
        self.closed = None

    def write(self, frame):
        assert self.closed is None
        self.frames.append(frame)
        if isinstance(frame.payload, str):
            self.hear(json.loads(frame.payload))
        elif frame.payload[0] == wire.DELTA:
            first, records = wire.decode_delta(frame.payload)
            assert first == self.seq + 1, f"a gap or an overlap: {first} follows {self.seq}"
            assert records == self.log.records(self.seq, self.seq + len(records) // 5)
            self.seq += len(records) // wire.RECORD_SIZE
            loading.paint(self.cells, WIDTH, records)
        else:
            checksum, seq = wire.decode_heartbeat(frame.payload)
            assert seq == self.seq
            assert checksum == zlib.crc32(self.cells)
            self.heartbeats += 1

    def hear(self, message):
        self.messages.append(message)
        if message["type"] == "resync":
            self.fetch(message["seq"])

    def fetch(self, seq):
        """Take the board as the snapshot has it."""
        self.seq, self.cells = seq, self.log.fold(seq)

    def close(self, code):
        self.closed = code

    def of_type(self, name):
        return [message for message in self.messages if message["type"] == name]


async def settle(feed):
    """Until the feed has told its clients all that it knows."""
    while feed.told_seq != feed.seq or not feed.crowd.idle:
        await asyncio.sleep(0)


async def until(condition):
    """Until something becomes true that another thread or task brings about; pytest's timeout is the bound."""
    while not condition():
        await asyncio.sleep(0.001)
