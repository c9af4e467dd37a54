"""Holds what the clients were told against the log: `python -m bench.verify ACKS TOLD`, with a site's settings.

ACKS is what load.c wrote, TOLD its `state` and counts as JSON. Prints a verdict as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django
import numpy as np

django.setup()

from canvas.models import Board, Update  # noqa: E402

FACTOR, MASK = 0x9E3779B97F4A7C15, 2**64 - 1


def main(path: Path, told: dict) -> dict:
    board = Board.objects.get(slug="main")
    acks = np.fromfile(path, dtype=[("seq", "<u8"), ("cell", "<u4"), ("color", "<u4")])
    log = Update.objects.filter(board=board).order_by("seq").values_list("seq", "x", "y", "color")
    seqs, cells, colors, folded = [], [], [], 0
    for seq, x, y, color in log.iterator(50_000):
        folded = (folded * FACTOR + (x | y << 16 | color << 32) + 1) & MASK
        seqs.append(seq)
        cells.append(y * board.width + x)
        colors.append(color)
    gapless = seqs == list(range(1, len(seqs) + 1)) and board.seq == len(seqs)
    # An acknowledged seq that is not in the log at all counts as wrong.
    inside = acks[(acks["seq"] >= 1) & (acks["seq"] <= len(seqs))]
    at = inside["seq"].astype(np.int64) - 1
    right = int(((np.array(cells)[at] == inside["cell"]) & (np.array(colors)[at] == inside["color"])).sum())
    told_all = told["alike"] == told["open"] and told["seq"] == len(seqs) and told["hash"] == folded
    fine = (
        gapless
        and right == len(acks) == told["placed"] == len(np.unique(acks["seq"]))
        and told_all
        and not told["gaps"]
    )
    return {
        "verified": 100 * right / max(len(acks), 1) if fine else min(99.0, 100 * right / max(len(acks), 1)),
        "sentence": f"{right:,} of {len(acks):,} acknowledged are in the log of {len(seqs):,}, "
        f"{'without' if gapless else 'WITH'} gaps; {told['alike']:,} of {told['open']:,} clients were told "
        f"{'exactly that log' if told_all else 'SOMETHING ELSE'}",
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), json.loads(sys.argv[2]))))
