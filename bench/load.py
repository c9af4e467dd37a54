"""The load client (load.c) as an object: clients that watch and place, in a process of its own."""

from __future__ import annotations

import json
import select
import subprocess
import time
from dataclasses import dataclass

from bench import build
from bench.measure import Histogram, usage


@dataclass(frozen=True)
class Sample:
    """What happened in some seconds: at the clients, and what it cost."""

    seconds: float
    clients: int
    server_cpu: float
    load_cpu: float
    deltas: int
    pixels: int
    texts: int
    heartbeats: int
    bytes: int
    placed: int
    refused: int

    @property
    def frames(self) -> int:
        return self.deltas + self.texts + self.heartbeats

    @property
    def us_per_frame(self) -> float:
        return self.server_cpu / self.frames * 1e6 if self.frames else float("nan")

    @property
    def frames_per_client(self) -> float:
        """Deltas a second to one client."""
        return self.deltas / self.clients / self.seconds

    @property
    def bytes_per_client(self) -> float:
        """Bytes a second to one client, frame headers included."""
        return self.bytes / self.clients / self.seconds


COUNTED = ("deltas", "pixels", "texts", "heartbeats", "bytes", "placed", "refused")


class LoadError(Exception):
    """The clients did not do what they were told."""


class Load:
    """Talks with load.c over its standard input and output, a line at a time."""

    def __init__(
        self,
        port: int,
        *,
        path: str = "/ws/main/",
        width: int = 1000,
        height: int = 1000,
        colors: int = 32,
        cookies: str | None = None,
        acks: str | None = None,
    ) -> None:
        command = [build.program("load"), str(port), path, str(width), str(height), str(colors)]
        command += [cookies or "/dev/null"] if cookies or acks else []
        command += [acks] if acks else []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def ask(self, command: str, patience: float = 30) -> dict:
        self.process.stdin.write(f"{command}\n".encode())
        answer = b""
        while not answer.endswith(b"\n"):
            if not select.select([self.process.stdout], [], [], patience)[0]:
                raise LoadError(f"`{command}` was not answered within {patience:g} s")
            part = self.process.stdout.read(1 << 16)
            if not part:
                raise LoadError(f"the load client ended at `{command}`")
            answer += part
        return json.loads(answer)

    def open(self, count: int, in_flight: int = 50, patience: float = 300, may_fail: bool = False) -> dict:
        told = self.ask(f"open {count} {in_flight}", patience)
        if told["gone"] and not may_fail:
            raise LoadError(f"{told['gone']} of {count} clients were not let in")
        return told

    def place(self, rate: float) -> None:
        self.ask(f"place {rate}")

    def flood(self, window: int) -> None:
        self.ask(f"flood {window}")

    def drain(self, seconds: float = 20) -> dict:
        return self.ask(f"drain {seconds}", seconds + 10)

    def count(self) -> dict:
        return self.ask("count")

    def reset(self) -> None:
        self.ask("reset")

    def histogram(self, which: str) -> Histogram:
        """`seen` or `acks`."""
        return Histogram(self.ask(which))

    def sample(self, server_pid: int, seconds: float, wait=time.sleep) -> Sample:
        """Watch the steady state for so long. All clients must still be there at the end."""
        before, server, mine = self.count(), usage(server_pid), usage(self.process.pid)
        wait(seconds)
        after, server_after, mine_after = self.count(), usage(server_pid), usage(self.process.pid)
        if after["gone"] != before["gone"] or after["gaps"]:
            raise LoadError(f"{after['gone'] - before['gone']} clients were dropped, {after['gaps']} gaps in seq")
        return Sample(
            seconds=after["at"] - before["at"],
            clients=after["open"],
            server_cpu=server_after.cpu - server.cpu,
            load_cpu=mine_after.cpu - mine.cpu,
            **{name: after[name] - before[name] for name in COUNTED},
        )
