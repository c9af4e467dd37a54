"""What processes use, from /proc: CPU time holds on a busy machine where wall time does not."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU seconds (user and system) and resident KiB."""

    cpu: float
    rss: int


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    pids = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            text = children.read_text()
        except OSError:
            continue  # a thread that has just ended
        for child in text.split():
            pids += tree(int(child))
    return pids


def usage(pid: int) -> Usage:
    """Of a process and its living descendants."""
    return _sum(tree(pid))


def usage_by_name(name: str) -> Usage:
    """Of all processes with this name: of a database that is not ours to start."""
    pids = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            if path.read_text().strip() == name:
                pids.append(int(path.parent.name))
        except OSError:
            continue
    return _sum(pids)


def _sum(pids: list[int]) -> Usage:
    cpu, rss = 0.0, 0
    for pid in pids:
        try:
            # The name, in brackets, may hold anything; what follows its last bracket is numbers.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        cpu += (int(fields[11]) + int(fields[12])) / TICK
        rss += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
    return Usage(cpu, rss)


class Histogram:
    """Counts of latencies in steps, as load.c tells them."""

    def __init__(self, told: dict) -> None:
        self.step: float = told["step_ms"]
        self.steps: list[tuple[int, int]] = [(step, count) for step, count in told["steps"]]
        self.count = sum(count for _, count in self.steps)

    def percentile(self, percent: float) -> float:
        """Milliseconds: the upper edge of the step in which it lies; NaN for nothing counted."""
        left = self.count * percent / 100
        for step, count in self.steps:
            left -= count
            if left <= 0:
                return (step + 1) * self.step
        return float("nan")

    def percentiles(self) -> str:
        parts = (f"p{percent:g} {self.percentile(percent):,.1f}" for percent in (50, 90, 99, 99.9))
        return f"{', '.join(parts)} ms of {self.count:,}"

    def cdf(self, points: int = 200) -> list[tuple[float, float]]:
        """(milliseconds, share that took no longer), thinned out."""
        found: list[tuple[float, float]] = []
        passed, drawn = 0, -1
        for step, count in self.steps:
            passed += count
            if int(passed / self.count * points) > drawn or passed == self.count:
                drawn = int(passed / self.count * points)
                found.append((round((step + 1) * self.step, 1), round(passed / self.count, 6)))
        return found


def wait_for(condition, seconds: float, what: str) -> None:
    """Ask until it is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)
