"""What a site carries as load grows: a simulation from measured costs, with plots.

    python -m bench.capacity                       # costs from results/reference.json
    python -m bench.capacity --history LOG.csv.gz  # the shape of a real event, in the 2022 layout

A model, not a measurement: one Python process is one core; a pass over its clients costs CPU per frame, a placement CPU
in the process that commits it; what commits take is not there for passes. The database is one writer for the board, a
batch costs a part per batch and a part per placement, and the next batch is what came meanwhile. Arrivals are random
(Poisson). docs/capacity.md says what follows from it.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.plot import plot

RESULTS = Path(__file__).with_name("results")
TICK = 0.1
APART = 0.025
"""Seconds between the beginnings of two commits under load: the site's COMMIT_MS."""
FRAME_HEAD = 12 + 2
"""Bytes of a delta without records, and of a small WebSocket frame's header; two more from 126 bytes on."""
RECORD = 5


@dataclass(frozen=True)
class Costs:
    """Seconds of one core, from a run of the benchmarks."""

    frame: float
    placement: float
    batch: float
    """A transaction of one placement, wall time: what every batch costs, however small."""
    stored: float
    """Each further placement in a batch, wall time."""
    handshake: float
    connection: float
    """KiB."""

    @classmethod
    def read(cls, path: Path) -> Costs:
        figures = {(f["bench"], f["what"]): f["value"] for f in json.loads(path.read_text())["figures"]}

        def figure(bench: str, *words: str) -> float:
            found = [
                value for (name, what), value in figures.items() if name == bench and all(w in what for w in words)
            ]
            if not found:
                raise SystemExit(f"{path} has no figure of {bench} with {words}; run that bench first.")
            return found[0]

        single = 1 / figure("placements", "one transaction each")
        grouped = 1 / figure("placements", "acknowledged")
        return cls(
            frame=figure("fanout", "placesite, 5,000 clients, 20 px/s") / 1e6,
            placement=figure("commit", "PostgreSQL, 500 a transaction") / 1e6,
            batch=single,
            stored=grouped,
            handshake=figure("handshakes", "server CPU, with a player") / 1e3,
            connection=figure("memory", "an idle connection"),
        )


@dataclass(frozen=True)
class Load:
    clients: int
    """On one process."""
    rate: float
    """Placements a second on the board, over all processes."""
    processes: int = 1


@dataclass(frozen=True)
class Outcome:
    tick: float
    p50: float
    p99: float
    """Seconds from placing to being seen."""
    bytes_per_second: float
    """To one client."""
    busy: float
    """Share of the process's core."""
    batch: float
    """Placements in a transaction, on average."""


def simulate(costs: Costs, load: Load, *, seconds: float = 60.0, seed: int = 1) -> Outcome:
    """One process and the board's writer, placement by placement."""
    random = np.random.default_rng(seed)
    count = max(1, random.poisson(load.rate * seconds))
    placed = np.sort(random.uniform(0, seconds, count))
    stored, batches = commit(costs, placed)
    committing = load.rate / load.processes * costs.placement
    if committing >= 0.95 or stored[-1] > seconds * 1.5:
        nothing = float("inf")
        return Outcome(nothing, nothing, nothing, 0.0, nothing, count / batches)
    length = load.clients * costs.frame / (1 - committing)
    starts: list[float] = []
    seen = np.empty(count)
    next_start, done = 0.0, 0
    while done < count:
        start = max(next_start, stored[done])
        upto = int(np.searchsorted(stored, start, side="right"))
        # Clients are spread over the pass: each placement is looked at by one of them, taken at random.
        seen[done:upto] = start + random.uniform(0, length, upto - done)
        starts.append(start)
        next_start, done = start + max(TICK, length), upto
    lag = seen - placed
    passes = len(starts) / seconds
    sent = passes * FRAME_HEAD + load.rate * RECORD + (2 * passes if load.rate / passes * RECORD > 110 else 0)
    return Outcome(
        tick=max(TICK, length),
        p50=float(np.percentile(lag, 50)),
        p99=float(np.percentile(lag, 99)),
        bytes_per_second=sent,
        busy=min(1.0, committing + passes * load.clients * costs.frame),
        batch=count / batches,
    )


def commit(costs: Costs, placed: np.ndarray) -> tuple[np.ndarray, int]:
    """(when each placement is durable, number of transactions): what queues while one runs goes out in the next."""
    stored = np.empty_like(placed)
    now, begun, done, batches = 0.0, -1.0, 0, 0
    while done < len(placed):
        now = begun = max(now, placed[done], begun + APART)
        upto = min(int(np.searchsorted(placed, now, side="right")), done + 500)
        now += costs.batch + (upto - done - 1) * costs.stored
        stored[done:upto] = now
        done, batches = upto, batches + 1
    return stored, batches


def history(path: Path) -> list[tuple[float, float]]:
    """(hours since the first, placements a second) for each minute of a log in the 2022 layout."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        stamps = [row[0][:16] for row in csv.reader(file)][1:]
    minutes, counts = np.unique(np.array(stamps, dtype="datetime64[m]"), return_counts=True)
    hours = (minutes - minutes[0]).astype(float) / 60
    return list(zip(hours.tolist(), (counts / 60).tolist(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--costs", type=Path, default=RESULTS / "reference.json")
    parser.add_argument("--history", type=Path)
    parser.add_argument("--peak", type=float, default=1640, help="placements a second at the history's busiest minute")
    parser.add_argument("--clients", type=int, default=10_000, help="on each process, for --history")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    costs = Costs.read(options.costs)
    print(costs)
    options.output.mkdir(exist_ok=True)
    by_clients = {
        n: simulate(costs, Load(n, 333)) for n in (100, 500, 1000, 2000, 5000, 10_000, 15_000, 20_000, 30_000)
    }
    report("clients on one process, 333 placements/s", by_clients, options.output / "capacity-clients.svg")
    rates = (1, 10, 33, 100, 333, 1000, 2000, 4000, 6000, 8000)
    by_rate = {r: simulate(costs, Load(5_000, r, processes=4), seconds=20) for r in rates}
    report("placements/s, 5,000 clients on each of 4 processes", by_rate, options.output / "capacity-rate.svg")
    if options.history:
        minutes = history(options.history)
        scale = options.peak / max(rate for _, rate in minutes)
        chosen = minutes[:: max(1, len(minutes) // 60)]
        over_time = {
            hour: simulate(costs, Load(options.clients, max(0.1, rate * scale), processes=10), seconds=20)
            for hour, rate in chosen
        }
        title = f"hours of a real event (peak {options.peak:,.0f}/s), {options.clients:,} clients a process"
        report(title, over_time, options.output / "capacity-history.svg", logarithmic=False)


def report(title: str, outcomes: dict[float, Outcome], path: Path, *, logarithmic: bool = True) -> None:
    """A table on the terminal, a plot beside it."""
    print(f"\n{title}")
    print(f"{'':>10} {'tick ms':>8} {'p50 ms':>8} {'p99 ms':>8} {'B/s/client':>10} {'core':>6} {'batch':>6}")
    for at, o in outcomes.items():
        print(
            f"{at:>10,.4g} {o.tick * 1e3:>8.0f} {o.p50 * 1e3:>8.0f} {o.p99 * 1e3:>8.0f} {o.bytes_per_second:>10,.0f}"
            f" {o.busy:>6.0%} {o.batch:>6.1f}"
        )
    lines = {
        "tick, ms": [(at, o.tick * 1e3) for at, o in outcomes.items()],
        "seen by half, ms": [(at, o.p50 * 1e3) for at, o in outcomes.items()],
        "seen by 99 %, ms": [(at, o.p99 * 1e3) for at, o in outcomes.items()],
        "bytes a second to a client": [(at, o.bytes_per_second) for at, o in outcomes.items()],
    }
    path.write_text(plot(title, lines, logarithmic=logarithmic))


if __name__ == "__main__":
    main()
