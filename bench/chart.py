"""The chart of a run as an SVG: what a frame costs, as bars; latencies, as shares that took no longer than a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from bench.report import Results, number

WIDTH, LEFT, RIGHT = 900, 330, 60
BAR, GAP = 18, 8
PLOT = 260
INK, FAINT, PAPER = "#222", "#ccc", "#fff"
# Told apart by those who do not see all colours, too.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def write(results: Results, path: Path) -> None:
    """Nothing is written when nothing was measured that can be drawn."""
    bars = [(f.what, f.value) for f in results.figures if f.unit == "µs a frame" and f.value == f.value and f.value > 0]
    curves = {name: curve for name, curve in results.curves.items() if curve}
    parts: list[str] = []
    top = 20
    if bars:
        parts += bar_chart(bars, top)
        top += 60 + len(bars) * (BAR + GAP)
    if curves:
        parts += curve_chart(curves, top)
        top += PLOT + 90 + 18 * len(curves)
    if parts:
        path.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
            f'font-family="sans-serif" font-size="13" fill="{INK}"><rect width="100%" height="100%" fill="{PAPER}"/>'
            + "\n".join(parts)
            + "</svg>\n"
        )


class Scale:
    """Logarithmic, between whole decades."""

    def __init__(self, values: Sequence[float]) -> None:
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)

    def x(self, value: float) -> float:
        share = (math.log10(max(value, 10**self.low)) - self.low) / (self.high - self.low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def decades(self) -> Iterator[float]:
        yield from (10.0**power for power in range(self.low, self.high + 1))


def text(x: float, y: float, said: str, anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(said)}</text>'


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{FAINT}"/>'


def bar_chart(bars: Sequence[tuple[str, float]], top: float) -> Iterator[str]:
    scale = Scale([value for _, value in bars])
    yield text(
        16, top + 8, "Server CPU for one delivered frame, µs (each step is ten times the one before)", weight="bold"
    )
    bottom = top + 24 + len(bars) * (BAR + GAP)
    for decade in scale.decades():
        yield line(scale.x(decade), top + 22, scale.x(decade), bottom)
        yield text(scale.x(decade), bottom + 16, number(decade), "middle")
    for index, (name, value) in enumerate(sorted(bars, key=lambda bar: bar[1])):
        y = top + 26 + index * (BAR + GAP)
        color = COLORS[0] if name.startswith("placesite") else COLORS[2] if name.startswith("floor") else COLORS[1]
        yield text(LEFT - 8, y + 13, name, "end")
        yield f'<rect x="{LEFT}" y="{y}" width="{scale.x(value) - LEFT:.1f}" height="{BAR}" fill="{color}"/>'
        yield text(scale.x(value) + 5, y + 13, number(value))


def curve_chart(curves: dict[str, list[tuple[float, float]]], top: float) -> Iterator[str]:
    scale = Scale([milliseconds for curve in curves.values() for milliseconds, _ in curve])
    yield text(16, top + 8, "Share that took no longer than so many milliseconds", weight="bold")
    bottom = top + 30 + PLOT
    for decade in scale.decades():
        yield line(scale.x(decade), top + 30, scale.x(decade), bottom)
        yield text(scale.x(decade), bottom + 16, f"{number(decade)} ms", "middle")
    for percent in (0, 25, 50, 75, 99):
        y = bottom - PLOT * percent / 100
        yield line(LEFT, y, WIDTH - RIGHT, y)
        yield text(LEFT - 8, y + 4, f"{percent} %", "end")
    for index, (name, curve) in enumerate(curves.items()):
        color = COLORS[index % len(COLORS)]
        points = " ".join(f"{scale.x(milliseconds):.1f},{bottom - PLOT * share:.1f}" for milliseconds, share in curve)
        yield f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>'
        y = bottom + 40 + 18 * index
        yield f'<rect x="{LEFT}" y="{y - 10}" width="12" height="12" fill="{color}"/>'
        yield text(LEFT + 18, y, name)
