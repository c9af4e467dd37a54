"""memory: what a connection holds while nothing happens, and while it is told of 333 pixels a second."""

from __future__ import annotations

from collections.abc import Iterator

from bench.context import Context
from bench.load import Load
from bench.measure import usage
from bench.report import Figure
from bench.site import cookies, site

WARM = 200
PLAYERS = 64


def run(context: Context) -> Iterator[Figure]:
    count = context.pick(5000, 2000)
    with site() as made, cookies(made, PLAYERS) as file:
        server = made.start()
        with Load(server.port, cookies=file) as load:
            load.open(WARM)
            context.wait(3, "settling")
            before = usage(server.process.pid).rss
            load.open(count)
            context.wait(5, "idle")
            idle = usage(server.process.pid).rss
            load.place(333)
            context.wait(context.pick(20, 8), "333 px/s")
            busy = usage(server.process.pid).rss
    yield Figure("memory", f"an idle connection, {count:,} of them", (idle - before) / count, "KiB", most=30)
    yield Figure(
        "memory", "the same, after 333 px/s", (busy - before) / count, "KiB",
        note="log and commits included, divided by the clients",
    )  # fmt: skip
    yield Figure("memory", f"the process before, {WARM} clients", before / 1024, "MiB")
