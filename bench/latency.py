"""latency: from the moment a pixel is asked for until another client is told of it, idle and under load."""

from __future__ import annotations

from collections.abc import Iterator

from bench.context import Context
from bench.load import Load
from bench.measure import Histogram
from bench.report import Figure
from bench.site import cookies, site

PLAYERS = 64
QUIET = 1000
CROWD = 5000


def run(context: Context) -> Iterator[Figure]:
    with site() as made, cookies(made, PLAYERS) as file:
        server = made.start()
        with Load(server.port, cookies=file) as load:
            load.open(QUIET)
            context.wait(3, "settling")
            idle = measured(context, load, server.process.pid, rate=1, seconds=context.pick(30, 8))
            load.open(CROWD - QUIET)
            context.wait(3, "settling")
            busy = measured(context, load, server.process.pid, rate=333, seconds=context.pick(30, 8))
    for name, histogram in ((f"1 px/s, {QUIET:,} clients", idle), (f"333 px/s, {CROWD:,} clients", busy)):
        context.results.curves[name] = histogram.cdf()
    yield Figure(
        "latency",
        f"seen by another, 1 px/s, {QUIET:,} clients, p50",
        idle.percentile(50),
        "ms",
        most=25,
        note=idle.percentiles(),
    )
    yield Figure("latency", "the same, p99", idle.percentile(99), "ms")
    yield Figure("latency", f"seen by another, 333 px/s, {CROWD:,} clients, p50", busy.percentile(50), "ms")
    yield Figure("latency", "the same, p99", busy.percentile(99), "ms", most=250, note=busy.percentiles())


def measured(context: Context, load: Load, pid: int, *, rate: float, seconds: float) -> Histogram:
    load.place(rate)
    context.wait(3, "settling")
    load.reset()
    load.sample(pid, seconds, context.waiting(f"{rate} px/s"))
    histogram = load.histogram("seen")
    load.drain()
    return histogram
