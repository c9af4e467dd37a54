"""fanout: what a delivered frame costs the server, beside the floor (C, send(2) alone) and the tutorial's way."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from bench import build
from bench.context import Context
from bench.load import Load, Sample
from bench.measure import wait_for
from bench.report import Figure
from bench.site import REDIS, cookies, redis_answers, site
from tests.needs import free_port
from tests.servers import ROOT

PLAYERS = 64
"""So many place, in turn: one may not send more than ten messages a second."""
FRAME = 24
"""Bytes of the floor's frame: a delta with two pixels and its WebSocket header."""
SIZES = (1000, 5000)
SLOW, FAST = 20, 333


def listens(port: int) -> bool:
    """Whether somebody listens, asked without connecting: the floor counts its clients."""
    wanted = f"0100007F:{port:04X}"
    with open("/proc/net/tcp") as table:
        return any(row.split()[1] == wanted and row.split()[3] == "0A" for row in list(table)[1:])


@contextlib.contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[int]:
    """A server of ours that listens; its process id."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: listens(port) or process.poll() is not None, 30, command[0])
        yield process.pid
    finally:
        process.kill()
        process.wait()


def floor(context: Context, clients: int) -> Sample:
    port = free_port()
    command = [build.program("floor"), str(port), str(clients), "10", str(FRAME)]
    with running(command, port) as pid, Load(port) as load:
        load.open(clients)
        time.sleep(1)
        return load.sample(pid, context.pick(8, 4), context.waiting(f"floor, {clients:,} clients"))


def tutorial(context: Context, layer: str) -> Sample:
    """At a rate it can bear: past that it drops frames silently, and each frame costs the same."""
    port = free_port()
    command = [sys.executable, "-m", "daphne", "-p", str(port), "-v", "0", "bench.tutorial:application"]
    with running(command, port, TUTORIAL_REDIS=layer) as pid, Load(port) as load:
        load.open(SIZES[0], in_flight=20, may_fail=True)
        time.sleep(2)
        return load.sample(pid, context.pick(10, 5), context.waiting("the tutorial's way"))


def real(context: Context) -> dict[tuple[int, int], Sample]:
    """(clients, pixels a second) → what was measured on one server, one process, that gets ever more clients."""
    samples = {}
    with site() as made, cookies(made, PLAYERS) as file:
        server = made.start()
        with Load(server.port, cookies=file) as load:
            for clients in (PLAYERS, *SIZES):
                load.open(clients - load.count()["open"])
                context.wait(3, "settling")
                for rate in (SLOW, FAST):
                    load.place(rate)
                    context.wait(2, "settling")
                    samples[clients, rate] = load.sample(
                        server.process.pid, context.pick(10, 5), context.waiting(f"{clients:,} clients, {rate} px/s")
                    )
    return samples


def run(context: Context) -> Iterator[Figure]:
    floors = {clients: [floor(context, clients).us_per_frame] for clients in SIZES}
    samples = real(context)
    for clients in SIZES:
        floors[clients].append(floor(context, clients).us_per_frame)
    ways = {"memory": ""} | ({"Redis": REDIS} if redis_answers() else {})
    tutorials = {name: tutorial(context, layer) for name, layer in ways.items()}
    cheapest = min(sample.us_per_frame for sample in tutorials.values())
    for name, sample in tutorials.items():
        yield Figure(
            "fanout",
            f"the tutorial's way, {name} layer, {sample.clients:,} clients",
            sample.us_per_frame,
            "µs a frame",
            note=f"{sample.texts / sample.clients / sample.seconds:.1f} frames a second and client",
        )
    alone = samples[PLAYERS, SLOW]
    for clients in SIZES:
        sample, least = samples[clients, SLOW], sum(floors[clients]) / 2
        yield Figure(
            "fanout", f"floor, {clients:,} clients", least, "µs a frame",
            note=f"before and after: {floors[clients][0]:.2f}, {floors[clients][1]:.2f}",
        )  # fmt: skip
        yield Figure(
            "fanout", f"placesite, {clients:,} clients, {SLOW} px/s", sample.us_per_frame, "µs a frame",
            note=f"everything the server does, {sample.placed / sample.seconds:.0f} commits a second too; "
            f"load client {sample.load_cpu / sample.frames * 1e6:.1f} µs",
        )  # fmt: skip
        yield Figure("fanout", f"against the floor, {clients:,} clients", sample.us_per_frame / least, "×", most=1.8)
        more = (sample.server_cpu - alone.server_cpu * sample.seconds / alone.seconds) / (
            sample.frames - alone.frames * sample.seconds / alone.seconds
        )
        yield Figure(
            "fanout", f"one client more, {clients:,} clients", more * 1e6 / least, "× floor",
            note=f"{more * 1e6:.2f} µs a frame: the difference to {PLAYERS} clients, whose commits cost the same",
        )  # fmt: skip
        yield Figure(
            "fanout",
            f"against the tutorial, {clients:,} clients",
            cheapest / sample.us_per_frame,
            "× cheaper",
            least=40,
        )
        fast = samples[clients, FAST]
        yield Figure("fanout", f"placesite, {clients:,} clients, {FAST} px/s", fast.us_per_frame, "µs a frame")
        yield Figure(
            "fanout",
            f"deltas to a client, {clients:,} clients, {FAST} px/s",
            fast.frames_per_client,
            "a second",
            most=10.5,
        )
        yield Figure(
            "fanout", f"to a client, {clients:,} clients, {FAST} px/s", fast.bytes_per_client / 1000, "KB/s", most=2.5
        )
