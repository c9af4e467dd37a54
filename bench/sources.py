"""Which program was measured: a run means little when the program under it changed meanwhile."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ("canvas", "placesite")


def fingerprint() -> str:
    """A hash of the program's Python files as they are on disk, committed or not."""
    digest = hashlib.sha256()
    for folder in MEASURED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def commit() -> str:
    """The commit, with a plus where the program differs from it; BENCH_COMMIT for a copy that is no repository."""
    if given := os.environ.get("BENCH_COMMIT"):
        return given
    head = _git("rev-parse", "--short", "HEAD")
    return f"{head}+" if _git("status", "--porcelain", "--", *MEASURED) else head


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=10)
    return done.stdout.strip() or ("" if done.returncode == 0 else "unknown")
