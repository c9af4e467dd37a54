"""soak: 15,000 clients on one process at 333 placements a second for five minutes; only when named."""

from __future__ import annotations

from collections.abc import Iterator

from bench.context import Context
from bench.load import Load
from bench.measure import usage
from bench.report import Figure
from bench.site import cookies, site

CLIENTS = 15_000
PLAYERS = 64
RATE = 333


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(300, 30)
    with site(MAX_SOCKETS=str(CLIENTS + 100)) as made, cookies(made, PLAYERS) as file:
        server = made.start()
        with Load(server.port, cookies=file) as load:
            load.open(200)
            context.wait(3, "settling")
            before = usage(server.process.pid).rss
            opened = load.open(CLIENTS - 200, in_flight=100, patience=600)
            context.wait(10, "settling")
            idle = usage(server.process.pid).rss
            load.place(RATE)
            context.wait(5, "settling")
            load.reset()
            # Raises when a single client is dropped or told of a gap.
            sample = load.sample(server.process.pid, seconds, context.waiting(f"{CLIENTS:,} clients, {RATE} px/s"))
            seen = load.histogram("seen")
            after = usage(server.process.pid).rss
            left = load.drain()["gone"]
    context.results.curves[f"{RATE} px/s, {CLIENTS:,} clients"] = seen.cdf()
    yield Figure("soak", "clients dropped", left, f"of {CLIENTS:,}", most=0, note=f"in {sample.seconds:.0f} s")
    yield Figure("soak", "acknowledged", sample.placed / sample.seconds, "a second", note=f"{RATE} asked for")
    yield Figure("soak", "seen by another, p50", seen.percentile(50), "ms", note=seen.percentiles())
    yield Figure("soak", "seen by another, p99", seen.percentile(99), "ms", most=1000)
    yield Figure("soak", "an idle connection", (idle - before) / (CLIENTS - 200), "KiB", most=30)
    yield Figure("soak", "a connection afterwards", (after - before) / (CLIENTS - 200), "KiB")
    yield Figure(
        "soak", "server", sample.server_cpu / sample.seconds, "cores",
        note=f"{sample.us_per_frame:.1f} µs a frame, {sample.frames_per_client:.1f} frames a second and client; load "
        f"client {sample.load_cpu / sample.seconds:.2f} cores",
    )  # fmt: skip
    yield Figure("soak", "let in", (CLIENTS - 200) / opened["seconds"], "a second")
