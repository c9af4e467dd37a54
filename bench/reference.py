"""Keeps runs as the reference: `python -m bench.reference RESULTS.json …`; later ones replace the same benches.

Writes results/reference.json and its chart, and puts the table into README.md, so that no figure is copied by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench import chart
from bench.report import Figure, Results, number

HERE = Path(__file__).resolve().parent
REFERENCE = HERE / "results" / "reference.json"
README = HERE / "README.md"
BEGIN, END = "<!-- figures, written by bench.reference -->", "<!-- end of figures -->"


def merged(paths: list[Path]) -> dict:
    """One result of several: each bench's figures come from the last run that has them."""
    kept: dict = {"machine": {}, "runs": {}, "figures": [], "curves": {}}
    for path in paths:
        run = json.loads(path.read_text())
        measured = {figure["bench"] for figure in run["figures"]}
        if mixed := [name for name in measured if run["programs"][name]["changed"]]:
            sys.exit(f"{path}: the program changed while {', '.join(mixed)} was measured; that is no reference")
        kept["machine"] = {**run["machine"], "load before, after": None}
        kept["figures"] = [figure for figure in kept["figures"] if figure["bench"] not in measured] + run["figures"]
        kept["curves"] |= run["curves"]
        about = {"date": run["date"], "quick": run["quick"], "load": run["machine"]["load before, after"]}
        kept["runs"] |= {name: about | run["programs"][name] for name in measured}
    kept["machine"] = {name: value for name, value in kept["machine"].items() if value is not None}
    return kept


def as_markdown(kept: dict) -> str:
    lines = ["| bench | what | measured | target | |", "| --- | --- | --- | --- | --- |"]
    for told in kept["figures"]:
        mark = told.pop("mark")
        figure = Figure(**told)
        told["mark"] = mark
        value, mark = f"{number(figure.value)} {figure.unit}", f"**{mark}**" if mark == "MISSED" else mark
        lines.append(f"| {figure.bench} | {figure.what} | {value} | {figure.target} | {mark} |")
    machine = ", ".join(f"{name} {value}" for name, value in kept["machine"].items())
    runs = "; ".join(
        f"{bench}: {about['date'][:16]}, commit {about['commit']}, load {about['load'][0]:.1f} before"
        + (", quick" if about["quick"] else "")
        for bench, about in kept["runs"].items()
    )
    return "\n".join([*lines, "", f"Machine: {machine}.", "", f"Runs: {runs}."])


def main(paths: list[Path]) -> None:
    kept = merged(paths)
    REFERENCE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    drawn = Results(quick=False, curves=kept["curves"])
    for figure in kept["figures"]:
        drawn.figures.append(Figure(**{name: value for name, value in figure.items() if name != "mark"}))
    chart.write(drawn, REFERENCE.with_suffix(".svg"))
    before, _, rest = README.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n\n{as_markdown(kept)}\n\n{END}{after}")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
