"""commit: the Python time of a placement by the number in its transaction, and the same with the ORM."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.context import Context
from bench.report import Figure
from bench.site import helper, postgres, scratch_database
from tests.servers import Site

SIZES = (1, 20, 200, 500)


def measured(url: str, seconds: float) -> dict:
    made = Site(url)
    made.manage("migrate", "--verbosity", "0")
    made.board("main", width=1000, height=1000, cooldown=0)
    return json.loads(helper(made, "bench.commits", str(seconds), *map(str, SIZES)))


def run(context: Context) -> Iterator[Figure]:
    seconds = context.pick(6, 2)
    found = {}
    with tempfile.TemporaryDirectory(dir=Path(__file__).parents[1] / "var") as folder:
        found["SQLite"] = measured(f"sqlite:///{folder}/bench.sqlite3", seconds)
    if postgres():
        with scratch_database() as url:
            found["PostgreSQL"] = measured(url, seconds)
    for database, ways in found.items():
        for size in SIZES:
            ours, orm = (ways[way][str(size)] for way in ("engine/sql", "ORM"))
            yield Figure(
                "commit", f"{database}, {size} a transaction", ours["us"], "µs of CPU each",
                note=f"{ours['per_second']:,.0f} a second; ORM {orm['us']:.0f} µs, {orm['per_second']:,.0f} a second",
            )  # fmt: skip
            yield Figure("commit", f"{database}, {size} a transaction, with the ORM", orm["us"] / ours["us"], "×")
