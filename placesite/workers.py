"""Several server processes behind one listening socket: started, watched, restarted, stopped.

The parent opens the socket and serves nothing. A worker that dies is started again, later each time it dies young; the
connections that wait in the socket's queue are taken by the others meanwhile.
"""

from __future__ import annotations

import logging
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

logger = logging.getLogger(__name__)

BACKLOG = 4096
"""Connections that may wait to be accepted: a storm of reconnects comes all at once."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
HEALTHY_AFTER = 60.0
"""Seconds a worker must live for its deaths to be forgotten."""
STOP_PATIENCE = 30.0
SPARE_FILES = 200
KIB_PER_SOCKET = 40
"""Measured 26–32 KiB for an idle one; the rest is for its frames."""


@dataclass(slots=True)
class Worker:
    """One slot: its process, and when the next is due if it has none."""

    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0


class Supervisor:
    """Keeps `count` workers running until it is told to stop."""

    def __init__(self, command: Sequence[str], *, count: int, file_descriptor: int) -> None:
        self._command = [*command, "--fd", str(file_descriptor)]
        self._file_descriptor = file_descriptor
        self._workers = [Worker() for _ in range(count)]
        self._stopping = False

    def run(self) -> None:
        """Returns when every worker has ended after SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._stopping:
            for worker in self._workers:
                self._look_after(worker)
            time.sleep(0.1)
        self._end()

    def _look_after(self, worker: Worker) -> None:
        now = time.monotonic()
        if worker.process is None:
            if now >= worker.due:
                # A group of its own: Ctrl+C in a terminal is for the parent, which tells the workers in order.
                worker.process = subprocess.Popen(
                    self._command, pass_fds=[self._file_descriptor], start_new_session=True
                )
                worker.started = now
        elif (code := worker.process.poll()) is not None:
            worker.pause = FIRST_PAUSE if now - worker.started > HEALTHY_AFTER else worker.pause
            logger.error("Worker %d ended with %d; another starts in %.1f s", worker.process.pid, code, worker.pause)
            worker.process = None
            worker.due = now + worker.pause
            worker.pause = min(worker.pause * 2, LONGEST_PAUSE)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _end(self) -> None:
        running = [worker.process for worker in self._workers if worker.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_PATIENCE
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.error("Worker %d did not end within %.0f s and is killed", process.pid, STOP_PATIENCE)
                process.kill()
                process.wait()


def listen(host: str, port: int) -> socket.socket:
    """The socket that all workers accept from. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host.strip("[]"), port), family=family, backlog=BACKLOG)
    listening.setblocking(False)
    listening.set_inheritable(True)
    return listening


def worker_command() -> list[str]:
    """This very command, for a worker."""
    return [sys.executable, sys.argv[0], "serve"]


def raise_file_limit(wanted: int, warn: Callable[[str], None]) -> None:
    """Allow this process, and those it starts, as many open files as it may have; say when that is too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted + SPARE_FILES:
        ceiling = hard if hard != resource.RLIM_INFINITY else max(soft, wanted + SPARE_FILES)
        soft = min(ceiling, max(soft, wanted + SPARE_FILES))
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft < wanted + SPARE_FILES:
        warn(
            f"At most {soft} files may be open, too few for MAX_SOCKETS={wanted}: about {max(0, soft - SPARE_FILES)} "
            f"clients will fit in a process. Raise the limit (ulimit -n, LimitNOFILE=) or lower MAX_SOCKETS."
        )


def check_memory(sockets: int, warn: Callable[[str], None]) -> None:
    """Say when so many sockets would not fit into the memory that is free; only where /proc tells."""
    try:
        with open("/proc/meminfo") as file:
            available = next(int(line.split()[1]) for line in file if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return
    if sockets * KIB_PER_SOCKET > available:
        warn(
            f"{sockets} sockets need about {sockets * KIB_PER_SOCKET // 1024} MiB, and {available // 1024} MiB are "
            f"free. Lower MAX_SOCKETS or the number of workers."
        )
