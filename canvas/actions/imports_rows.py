"""A log from a CSV file in the layout of the public 2022 data set, checked to the last row before anything is written.

    timestamp,user_id,pixel_color,coordinate
    2022-04-01 12:44:10.315 UTC,ovTZk4G2pis9RYQu,#FF4500,"42,42"

Four numbers in the coordinate are a moderator's rectangle, both corners included: as many updates as it has cells.
"""

from __future__ import annotations

import csv
import re
from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from canvas.actions.imports_files import ImportFailed, Lines
from canvas.engine.bulk import Progress, silent
from canvas.rules.board import MAX_SIDE
from canvas.rules.palettes import MAX_COLORS

HEADER = ["timestamp", "user_id", "pixel_color", "coordinate"]
MAX_NAME = 100
REPORT_EVERY = 50_000
NOBODY = -1

# Tables instead of int(): faster, and they take neither "+1" nor " 1" nor another script's digits.
_NUMBERS = {str(number): number for number in range(MAX_SIDE)}
_MILLISECONDS = {f"{number:03d}": number for number in range(1000)}
_SECOND = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z", re.ASCII)
_FRACTION = re.compile(r"(?:\.(\d{1,6}))? UTC\Z", re.ASCII)  # the public data set drops zeros at the end
_HEX = re.compile(r"#[0-9A-Fa-f]{6}\Z")
_INTEGER = re.compile(r"-?[0-9]{1,9}\Z")


@dataclass(slots=True)
class Log:
    """A log in memory, 17 bytes an update, in the file's order.

    `players` are positions in `names`, NOBODY where the file names none; `colors` are positions in `hexes`.
    """

    names: list[str] = field(default_factory=list)
    hexes: list[str] = field(default_factory=list)
    times: array[int] = field(default_factory=lambda: array("q"))
    players: array[int] = field(default_factory=lambda: array("i"))
    xs: array[int] = field(default_factory=lambda: array("H"))
    ys: array[int] = field(default_factory=lambda: array("H"))
    colors: array[int] = field(default_factory=lambda: array("B"))

    def order(self) -> NDArray[np.int64] | None:
        """The positions that put the log into the order of time, equal times as they came; None when it is."""
        times = np.frombuffer(self.times, dtype=np.int64)
        if len(times) < 2 or bool((times[1:] >= times[:-1]).all()):
            return None
        return np.argsort(times, kind="stable")


def read(path: Path, *, width: int, height: int, hexes: list[str] | None = None, progress: Progress = silent) -> Log:
    """The file's log. `hexes` are the colours that it may use; without, all that it uses are taken as they come.

    Raises ImportFailed for the first row that is not right: its line, and what was found there.
    """
    lines = Lines(path)
    parser = _Parser(width, height, hexes)
    source = iter(lines)
    reader = csv.reader(source, strict=True)
    begin = 1
    try:
        header = next(reader, None)
        if header != HEADER:
            parser.wrong(f"The first line must be {','.join(HEADER)}, not {','.join(header or [])[:200]!r}.")
        begin = reader.line_num + 1
        parse = parser.parse
        for count, row in enumerate(reader):
            parse(row)
            begin = reader.line_num + 1
            if count % REPORT_EVERY == 0:
                progress("reading", lines.position, lines.size)
    except csv.Error as error:
        raise ImportFailed(path, f"This is not CSV: {error}. Correct the line.", line=begin) from error
    except _WrongRow as error:
        raise ImportFailed(path, f"{error} Correct the line, or leave it out.", line=begin) from error
    progress("reading", lines.size, lines.size)
    if not parser.log.times:
        raise ImportFailed(path, "The file has a header and no rows.")
    return parser.log


class _WrongRow(Exception):
    """What is wrong with a row, in a sentence."""


class _Parser:
    """Appends rows to a log; remembers what it has met, for a second's rows share most of their parts."""

    def __init__(self, width: int, height: int, hexes: list[str] | None) -> None:
        self.log = Log(hexes=list(hexes or []))
        self._width, self._height = width, height
        self._any_color = hexes is None
        self._colors = {value: index for index, value in enumerate(self.log.hexes)}
        self._names: dict[str, int] = {"": NOBODY}
        self._seconds: dict[str, int] = {}

    def wrong(self, found: str) -> NoReturn:
        raise _WrongRow(found)

    def parse(self, row: list[str]) -> None:
        """Append one row's updates to the log. Raises _WrongRow."""
        if len(row) != len(HEADER):
            self.wrong(f"A row has {len(HEADER)} fields, this one has {len(row)}.")
        time, name, value, coordinate = row
        log = self.log
        try:
            moment = self._seconds[time[:19]] + self._fraction(time[19:])
        except KeyError:
            moment = self._second(time) + self._fraction(time[19:])
        color = self._colors.get(value)
        if color is None:
            color = self._new_color(value)
        player = self._names.get(name)
        if player is None:
            player = self._new_name(name)
        left, _, right = coordinate.partition(",")
        x, y = _NUMBERS.get(left, MAX_SIDE), _NUMBERS.get(right, MAX_SIDE)
        if x < self._width and y < self._height:
            log.xs.append(x)
            log.ys.append(y)
            count = 1
        else:
            count = self._rectangle(coordinate)
        for _ in range(count):
            log.times.append(moment)
            log.players.append(player)
            log.colors.append(color)

    def _second(self, time: str) -> int:
        try:
            if not _SECOND.match(time[:19]):
                raise ValueError
            moment = datetime.fromisoformat(time[:19]).replace(tzinfo=UTC)
        except ValueError:
            self.wrong(f'A timestamp is like "2022-04-01 12:44:10.315 UTC", not {time[:60]!r}.')
        if len(self._seconds) > REPORT_EVERY:
            self._seconds.clear()
        milliseconds = self._seconds[time[:19]] = round(moment.timestamp()) * 1000
        return milliseconds

    def _fraction(self, rest: str) -> int:
        if len(rest) == 8 and rest[0] == "." and rest[4:] == " UTC":
            found = _MILLISECONDS.get(rest[1:4])
            if found is not None:
                return found
        match = _FRACTION.match(rest)
        if match is None:
            self.wrong(f'A timestamp ends like "12:44:10.315 UTC", not {rest[:40]!r}.')
        return int((match[1] or "").ljust(3, "0")[:3])

    def _new_color(self, value: str) -> int:
        if not _HEX.match(value):
            self.wrong(f"A colour is like #FF4500, not {value[:40]!r}.")
        upper = value.upper()
        color = self._colors.get(upper)
        if color is None:
            if not self._any_color:
                self.wrong(f"The colour {value} is not in the board's palette ({', '.join(self.log.hexes)}).")
            if len(self.log.hexes) == MAX_COLORS:
                self.wrong(f"The colour {value} is one too many: a board has at most {MAX_COLORS}.")
            color = len(self.log.hexes)
            self.log.hexes.append(upper)
        self._colors[value] = self._colors[upper] = color
        return color

    def _new_name(self, name: str) -> int:
        if len(name) > MAX_NAME:
            self.wrong(f"A user_id has at most {MAX_NAME} characters, this one has {len(name)}.")
        self._names[name] = player = len(self.log.names)
        self.log.names.append(name)
        return player

    def _rectangle(self, coordinate: str) -> int:
        """Append a rectangle's cells, row by row; how many they are."""
        parts = coordinate.split(",")
        if len(parts) not in (2, 4) or not all(_INTEGER.match(part) for part in parts):
            self.wrong(f'A coordinate is like "12,34", or "12,34,56,78" for a rectangle, not {coordinate[:60]!r}.')
        numbers = [int(part) for part in parts]
        left, top, right, bottom = numbers * 2 if len(numbers) == 2 else numbers
        if not (left >= 0 and right < self._width and top >= 0 and bottom < self._height):
            size = f"{self._width}×{self._height}"
            self.wrong(f"The coordinate {coordinate!r} is outside of the board, which has {size} cells.")
        if left > right or top > bottom:
            self.wrong(f"The rectangle {coordinate!r} must begin at its top left corner.")
        for y in range(top, bottom + 1):
            self.log.xs.extend(range(left, right + 1))
            self.log.ys.extend([y] * (right + 1 - left))
        return (right + 1 - left) * (bottom + 1 - top)
