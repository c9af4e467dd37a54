"""What every bench is given: how long to measure, and where to show that time passes."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

from tqdm import tqdm

from bench.report import Results


@dataclass
class Context:
    """`quick` asks for the short version."""

    results: Results
    quick: bool

    def pick(self, full: float, quick: float):
        return quick if self.quick else full

    def wait(self, seconds: float, what: str = "measuring") -> None:
        """Let time pass, visibly on a terminal."""
        end = time.monotonic() + seconds
        with tqdm(total=round(seconds), desc=what, unit="s", leave=False, disable=None, file=sys.stderr) as bar:
            while (left := end - time.monotonic()) > 0:
                time.sleep(min(1.0, left))
                bar.update(min(1, bar.total - bar.n))

    def waiting(self, what: str):
        """`wait` with a name, for Load.sample."""
        return lambda seconds: self.wait(seconds, what)
