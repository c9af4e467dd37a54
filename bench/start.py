"""start: how long a server needs until it hands out a board of 2000×2000 with a log of 10 million updates."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Iterator

from bench.context import Context
from bench.measure import usage
from bench.report import Figure
from bench.site import helper, site

SIDE = 2000
BEHIND = 40_000
"""Updates after the newest snapshot: the server writes one every 50,000."""


def answered(port: int, path: str) -> int | None:
    """The length of the answer, or None when there is none yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.suppress(OSError), contextlib.closing(connection):
        connection.request("GET", path, headers={"Accept-Encoding": "zstd"})
        response = connection.getresponse()
        body = response.read()
        if response.status == 200:
            return len(body)
    return None


def run(context: Context) -> Iterator[Figure]:
    updates = context.pick(10_000_000, 1_000_000)
    with site(side=SIDE) as made:
        print(f"  inserting {updates:,} updates …", flush=True)
        helper(made, "bench.long_log", str(updates), str(BEHIND))
        for name, wanted in (("first start", 3.0), ("second start", 3.0)):
            began = time.monotonic()
            server = made.start()
            listening = time.monotonic() - began
            while answered(server.port, "/readyz") is None:
                time.sleep(0.01)
            ready = time.monotonic() - began
            if answered(server.port, "/b/main/snapshot") is None:
                raise RuntimeError("the board was not handed out")
            shown = time.monotonic() - began
            used = usage(server.process.pid)
            server.stop()
            yield Figure(
                "start", f"{name}, until the board is handed out", shown, "s", most=wanted,
                note=f"{updates:,} updates, snapshot {BEHIND:,} behind; listens after {listening:.2f} s, ready after "
                f"{ready:.2f} s; {used.cpu:.2f} s of CPU, {used.rss // 1024} MiB",
            )  # fmt: skip
