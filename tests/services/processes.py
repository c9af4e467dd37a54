"""The processes behind a server, as the system sees them."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from os import kill
from pathlib import Path


def children(pid: int) -> list[int]:
    """Living children, oldest first."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return sorted(found)


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def resident_mib(pid: int) -> float:
    """Memory that a process holds."""
    for line in (Path("/proc") / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    """The process stands still inside of the block, whatever happens there."""
    kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGCONT)
