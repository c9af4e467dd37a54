"""Lines over an axis as an SVG, for the capacity simulation. Values are drawn on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.chart import COLORS, INK, PAPER, line, text
from bench.report import number

WIDTH, HEIGHT, LEFT, RIGHT, TOP = 900, 380, 70, 30, 40
Points = Sequence[tuple[float, float]]


def plot(title: str, lines: dict[str, Points], *, logarithmic: bool = True) -> str:
    """The SVG. `logarithmic` is about the axis below; infinite values are left out."""
    finite = {name: [(x, y) for x, y in points if math.isfinite(y) and y > 0] for name, points in lines.items()}
    xs = [x for points in finite.values() for x, _ in points]
    ys = [y for points in finite.values() for _, y in points]
    low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def across(x: float) -> float:
        first, last = min(xs), max(xs)
        share = math.log(x / first) / math.log(last / first) if logarithmic else (x - first) / (last - first)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return TOP + HEIGHT - (math.log10(y) - low) / (high - low) * HEIGHT

    parts = [text(16, 22, title, weight="bold")]
    for power in range(low, high + 1):
        parts += [line(LEFT, up(10.0**power), WIDTH - RIGHT, up(10.0**power))]
        parts += [text(LEFT - 8, up(10.0**power) + 4, number(10.0**power), "end")]
    shown = -1e9
    for x in sorted(set(xs)):
        if across(x) - shown > 60:
            shown = across(x)
            parts += [line(shown, TOP, shown, TOP + HEIGHT), text(shown, TOP + HEIGHT + 18, number(x), "middle")]
    for index, (name, points) in enumerate(finite.items()):
        color = COLORS[index % len(COLORS)]
        drawn = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts += [f'<polyline points="{drawn}" fill="none" stroke="{color}" stroke-width="2"/>']
        left = LEFT + index * 205
        parts += [f'<rect x="{left}" y="{TOP + HEIGHT + 32}" width="12" height="12" fill="{color}"/>']
        parts += [text(left + 18, TOP + HEIGHT + 43, name)]
    total = TOP + HEIGHT + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" width="{WIDTH}" height="{total}" '
        f'font-family="sans-serif" font-size="13" fill="{INK}"><rect width="100%" height="100%" fill="{PAPER}"/>'
        + "\n".join(parts)
        + "</svg>\n"
    )
