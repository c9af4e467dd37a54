"""placements: how many a second become durable, with 1,000 clients who watch and place; each is verified."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.context import Context
from bench.load import Load, Sample
from bench.measure import Histogram, usage_by_name
from bench.report import Figure
from bench.site import cookies, helper, site

CLIENTS = 1000
WINDOW = 900
"""Placements under way at once: below the number of players, who have one each."""


@dataclass
class Outcome:
    """One flood, and what verifying it brought."""

    sample: Sample
    acks: Histogram
    verdict: dict
    postgres_cpu: float
    redis_cpu: float


def flood(context: Context, *, batch_size: int, seconds: float, window: int) -> Outcome:
    with (
        site(layer=True, BATCH_SIZE=str(batch_size)) as made,
        cookies(made, CLIENTS) as file,
        tempfile.TemporaryDirectory() as folder,
    ):
        acks = Path(folder) / "acks"
        server = made.start(workers=2)
        with Load(server.port, cookies=file, acks=str(acks)) as load:
            load.open(CLIENTS)
            context.wait(4, "settling")
            load.flood(window)
            context.wait(2, "settling")
            load.reset()
            postgres, redis = usage_by_name("postgres"), usage_by_name("redis-server")
            sample = load.sample(
                server.process.pid, seconds, context.waiting(f"as fast as acknowledged, {batch_size} a transaction")
            )
            postgres_cpu = usage_by_name("postgres").cpu - postgres.cpu
            redis_cpu = usage_by_name("redis-server").cpu - redis.cpu
            histogram = load.histogram("acks")
            drained = load.drain()
            context.wait(3, "the last frames")
            told = load.ask("state")
        server.stop()
        verdict = json.loads(helper(made, "bench.verify", str(acks), json.dumps(told | drained)))
        verdict["verify_board"] = made.manage("verify_board", "main", check=False).returncode == 0
    return Outcome(sample, histogram, verdict, postgres_cpu, redis_cpu)


def run(context: Context) -> Iterator[Figure]:
    grouped = flood(context, batch_size=500, seconds=context.pick(60, 10), window=WINDOW)
    sample, rate = grouped.sample, grouped.sample.placed / grouped.sample.seconds
    each = 1e6 / max(sample.placed, 1)
    context.results.curves["acknowledged, at full speed"] = grouped.acks.cdf()
    yield Figure(
        "placements", "acknowledged, 2 processes", rate, "a second", least=5000,
        note=f"{sample.placed:,} in {sample.seconds:.0f} s, {sample.refused} refused",
    )  # fmt: skip
    yield Figure(
        "placements", "until acknowledged, p50", grouped.acks.percentile(50), "ms", note=grouped.acks.percentiles()
    )
    yield Figure("placements", "until acknowledged, p99", grouped.acks.percentile(99), "ms")
    yield Figure(
        "placements", "acknowledged, delivered, in the log", grouped.verdict["verified"], "%", least=100,
        note=grouped.verdict["sentence"],
    )  # fmt: skip
    yield Figure(
        "placements", "server CPU", sample.server_cpu * each, "µs each",
        note=f"fan-out to {CLIENTS:,} clients included; PostgreSQL {grouped.postgres_cpu * each:.0f}, Redis "
        f"{grouped.redis_cpu * each:.0f}, load client {sample.load_cpu * each:.0f} µs each",
    )  # fmt: skip
    single = flood(context, batch_size=1, seconds=context.pick(20, 6), window=200)
    single_rate = single.sample.placed / single.sample.seconds
    yield Figure(
        "placements", "one transaction each", single_rate, "a second",
        note=f"{single.acks.percentiles()}; verified {single.verdict['verified']} %",
    )  # fmt: skip
    yield Figure("placements", "group commit against one each", rate / max(single_rate, 1e-9), "×", least=20)
