"""snapshot: what it costs to hand out a painted board of 1000×1000, kept and while it changes."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from bench.context import Context
from bench.fanout import listens
from bench.load import Load
from bench.measure import usage, wait_for
from bench.report import Figure
from bench.site import cookies, site
from tests.needs import free_port
from tests.servers import ROOT, Site

PLAYERS = 64
PLACED = 50
RATE = 100
CONNECTIONS = 25
"""An answer may take a tick or two while the board changes; so many that 100 a second are asked for all the same."""
TICKS = 10
"""A second: TICK_MS is 100."""


def painted() -> Image.Image:
    """A board as it looks after a while: flags and lettering that compress, and noise on a fifth that does not."""
    rng = np.random.default_rng(2017)
    cells = np.zeros((1000, 1000), dtype=np.uint8)
    for _ in range(4000):
        x, y, width, height = (*rng.integers(0, 1000, 2), *rng.integers(3, 60, 2))
        cells[y : y + height, x : x + width] = rng.integers(0, 32)
    noise = rng.random(cells.shape) < 0.2
    cells[noise] = rng.integers(0, 32, noise.sum())
    return Image.fromarray(cells)


def paint(made: Site, folder: Path) -> None:
    from canvas.rules.palettes import PALETTES

    image = painted()
    image.putpalette([part for color in PALETTES["reddit2022"] for part in color.rgb])
    image.save(folder / "board.png")
    made.manage("import_board", "main", str(folder / "board.png"))


@contextlib.contextmanager
def serving(made: Site, counts: Path) -> Iterator[tuple[int, int]]:
    """(port, process id) of a server that counts its encodings in a file."""
    port = free_port()
    command = [sys.executable, "-m", "bench.counted", str(counts), "serve", "--port", str(port)]
    environment = {**made.env, "DJANGO_SETTINGS_MODULE": "placesite.settings"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: listens(port), 30, "serve")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def fetch(connection: http.client.HTTPConnection) -> tuple[int, str]:
    """(bytes of the body, ETag)."""
    connection.request("GET", "/b/main/snapshot", headers={"Accept-Encoding": "zstd"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or response.headers["Content-Encoding"] != "zstd":
        raise RuntimeError(f"the snapshot was answered with {response.status}")
    return len(body), response.headers["ETag"]


@dataclass(frozen=True)
class Asked:
    """What many requests cost, and brought."""

    cpu: float
    seconds: float
    requests: int
    etags: int
    size: int


def ask(context: Context, port: int, pid: int, *, seconds: float) -> Asked:
    """RATE requests a second over kept connections, each of which asks again at fixed times."""
    etags: set[str] = set()
    sizes: list[int] = []
    started = threading.Barrier(CONNECTIONS + 1)

    def keep_asking(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        fetch(connection)
        started.wait()
        begin = time.monotonic() + number / RATE
        for turn in range(int(seconds * RATE / CONNECTIONS)):
            time.sleep(max(0.0, begin + turn * CONNECTIONS / RATE - time.monotonic()))
            size, etag = fetch(connection)
            etags.add(etag)
            sizes.append(size)
        connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        asking = [threads.submit(keep_asking, number) for number in range(CONNECTIONS)]
        started.wait()
        before, begun = usage(pid), time.monotonic()
        context.wait(seconds, f"{RATE} requests a second")
        for future in asking:
            future.result()
        cpu, took = usage(pid).cpu - before.cpu, time.monotonic() - begun
    return Asked(cpu, took, len(sizes), len(etags), sizes[-1])


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(15, 4)
    with site() as made, cookies(made, PLAYERS) as file, tempfile.TemporaryDirectory() as folder:
        paint(made, Path(folder))
        counts = Path(folder) / "encodings"
        with serving(made, counts) as (port, pid), Load(port, cookies=file) as load:
            load.open(PLAYERS)
            context.wait(2, "settling")
            kept = ask(context, port, pid, seconds=seconds)
            load.place(PLACED)
            context.wait(2, "settling")
            before, begun = counts.stat().st_size, time.monotonic()
            changing = ask(context, port, pid, seconds=seconds)
            encoded, took = counts.stat().st_size - before, time.monotonic() - begun
            load.drain()
    yield Figure(
        "snapshot", "server CPU, kept", kept.cpu / kept.requests * 1e3, "ms each", most=1.0,
        note=f"{kept.requests:,} requests of {kept.size / 1000:,.0f} KB in {kept.seconds:.1f} s",
    )  # fmt: skip
    yield Figure(
        "snapshot", f"encoded, {PLACED} px/s, {RATE} requests/s", encoded / took, "a second", most=TICKS,
        note=f"{encoded} encodings for {changing.requests:,} requests in {changing.seconds:.1f} s, "
        f"{changing.etags} different answers",
    )  # fmt: skip
    yield Figure(
        "snapshot", f"answered, {PLACED} px/s, {RATE} requests/s", changing.requests / changing.seconds, "a second",
        least=RATE * 0.95, note="a cap on encodings must not be one on answers",
    )  # fmt: skip
    yield Figure(
        "snapshot", "server CPU, while it changes", changing.cpu / changing.requests * 1e3, "ms each",
        note=f"{PLACED} commits a second and the encodings included",
    )  # fmt: skip
