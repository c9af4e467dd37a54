"""handshakes: what it costs to let a client in, with the cookie looked up and the connection's row written."""

from __future__ import annotations

from collections.abc import Iterator

from bench.context import Context
from bench.load import Load
from bench.measure import usage
from bench.report import Figure
from bench.site import cookies, site

WARM = 200
IN_FLIGHT = 100


def storm(context: Context, *, with_cookie: bool) -> tuple[float, float, int]:
    """(CPU seconds, handshakes a second, how many): all come at once, until the last row is written."""
    count = context.pick(5000, 2000)
    with site() as made, cookies(made, count + WARM if with_cookie else 1) as file:
        server = made.start()
        with Load(server.port, cookies=file if with_cookie else None) as load:
            load.open(WARM, IN_FLIGHT)
            context.wait(3, "settling")
            before = usage(server.process.pid)
            told = load.open(count, IN_FLIGHT)
            context.wait(3, "rows are written")
            cpu = usage(server.process.pid).cpu - before.cpu
    return cpu, count / told["seconds"], count


def run(context: Context) -> Iterator[Figure]:
    for with_cookie in (True, False):
        cpu, rate, count = storm(context, with_cookie=with_cookie)
        kind = "with a player's cookie" if with_cookie else "without a cookie"
        yield Figure(
            "handshakes", f"server CPU, {kind}", cpu / count * 1e3, "ms each", most=1.2,
            note=f"{count:,} at once, connection rows included",
        )  # fmt: skip
        yield Figure("handshakes", f"let in, {kind}", rate, "a second")
