"""Figures with their targets: as a line when a bench is done, as a table in the end, as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

MET, MISSED, PLAIN = "met", "MISSED", ""


@dataclass(frozen=True)
class Figure:
    """One measured value. `most` or `least` is the target; a figure with neither is for information."""

    bench: str
    what: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def mark(self) -> str:
        if self.most is None and self.least is None:
            return PLAIN
        # A value that is not a number meets nothing.
        met = (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)
        return MET if met else MISSED

    @property
    def target(self) -> str:
        if self.most is not None:
            return f"≤ {number(self.most)}"
        return f"≥ {number(self.least)}" if self.least is not None else ""

    def line(self) -> str:
        target = f"  (target {self.target}: {self.mark})" if self.target else ""
        note = f"  [{self.note}]" if self.note else ""
        return f"{self.bench:11} {self.what}: {number(self.value)} {self.unit}{target}{note}"


@dataclass
class Results:
    """All figures of a run, and the curves for the chart."""

    quick: bool
    figures: list[Figure] = field(default_factory=list)
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    programs: dict[str, dict] = field(default_factory=dict)
    """For each bench: which program it measured, and whether that changed meanwhile."""
    load: tuple[float, float] = field(default_factory=lambda: os.getloadavg()[:2])

    def as_json(self) -> dict:
        return {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "quick": self.quick,
            "machine": {**machine(), "load before, after": [self.load[0], os.getloadavg()[0]]},
            "figures": [{**asdict(figure), "mark": figure.mark} for figure in self.figures],
            "skipped": self.skipped,
            "programs": self.programs,
            "curves": self.curves,
        }

    def write(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n")


def number(value: float) -> str:
    """Three digits that count, or whole thousands."""
    if value != value:
        return "nothing"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(figures: Sequence[Figure]) -> str:
    rows = [("bench", "what", "measured", "target", "")]
    rows += [(f.bench, f.what, f"{number(f.value)} {f.unit}", f.target, f.mark) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    cpu = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next((int(line.split()[1]) // 1024 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory MiB": memory,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": _output("psql", "--version"),
        "redis": _output("redis-server", "--version")[:30],
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()
    except OSError:
        return "not here"
