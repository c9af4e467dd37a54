"""The runner: `python -m bench [NAME …] [--quick]`, or `make bench ARGS="NAME … --quick"`."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback
from pathlib import Path

from bench import chart, sources
from bench.build import NoCompiler
from bench.context import Context
from bench.report import MET, MISSED, Results, table
from bench.site import Missing

BENCHES = ("commit", "fanout", "latency", "placements", "handshakes", "memory", "snapshot", "start")
ONLY_WHEN_NAMED = ("soak",)
RESULTS = Path(__file__).resolve().parent / "results"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure what placesite costs and bears.")
    known = (*BENCHES, *ONLY_WHEN_NAMED)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all but soak when left out")
    parser.add_argument("--quick", action="store_true", help="shorter, and so less certain")
    parser.add_argument("--output", type=Path, default=RESULTS / "latest.json", help="(%(default)s)")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"no such bench: {', '.join(unknown)}; there are {', '.join(known)}")
    return given


def main() -> int:
    given = arguments()
    results = Results(quick=given.quick)
    context = Context(results, given.quick)
    failed = False
    for name in given.names or BENCHES:
        bench = importlib.import_module(f"bench.{name}")
        started, before = time.monotonic(), sources.fingerprint()
        print(f"\n{bench.__doc__.splitlines()[0]}", flush=True)
        try:
            for figure in bench.run(context):
                results.figures.append(figure)
                print(f"  {figure.line()}", flush=True)
        except (Missing, NoCompiler) as why:
            print(f"\n*** {name} was not measured: {why}\n", file=sys.stderr, flush=True)
            results.skipped[name] = str(why)
        except Exception as error:
            # The others may still be measured; the run as a whole has failed.
            traceback.print_exc()
            results.skipped[name] = repr(error)
            failed = True
        changed = sources.fingerprint() != before
        results.programs[name] = {"commit": sources.commit(), "sources": before, "changed": changed}
        if changed:
            print(f"\n*** the program changed while {name} was measured: its figures mix two\n", file=sys.stderr)
        print(f"  {name}: {time.monotonic() - started:.0f} s", flush=True)
        results.write(given.output)
    chart.write(results, given.output.with_suffix(".svg"))
    marks = [figure.mark for figure in results.figures]
    print(f"\n{table(results.figures)}\n\n{marks.count(MET)} targets met, {marks.count(MISSED)} missed", end="")
    print(f"; not measured: {', '.join(results.skipped)}" if results.skipped else "")
    print(f"Written: {given.output}, {given.output.with_suffix('.svg')}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
