"""The two C programs of this folder, compiled on first use into var/bench/."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILT = HERE.parent / "var" / "bench"


class NoCompiler(Exception):
    """There is no C compiler here, and most benches need one."""


def program(name: str) -> str:
    """The path of `load` or `floor`, compiled anew when a source is younger. Raises NoCompiler."""
    built = BUILT / name
    youngest = max(path.stat().st_mtime for path in HERE.iterdir() if path.suffix in (".c", ".h"))
    if not built.exists() or built.stat().st_mtime < youngest:
        compiler = shutil.which(os.environ.get("CC", "cc"))
        if compiler is None:
            raise NoCompiler("no C compiler: install one (apt-get install gcc libc6-dev) or name it in CC")
        BUILT.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O2", "-Wall", "-o", str(built), str(HERE / f"{name}.c")], check=True)
    return str(built)
