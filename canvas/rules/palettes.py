"""Palettes: ordered lists of named colours. A colour on the wire and in the database is an index into one.

The first colour is what an untouched cell shows, so both of Reddit's palettes start with white here.
Sources: Reddit's open-sourced 2017 client, and the palette of the public 2022 data set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_COLORS = 256
"""One byte a cell."""

_HEX = re.compile(r"#[0-9A-Fa-f]{6}\Z")


class InvalidPalette(ValueError):
    """What was given is not a palette; the message says why."""


@dataclass(frozen=True, slots=True)
class Color:
    """`hex` is `#RRGGBB`, upper case."""

    name: str
    hex: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        return int(self.hex[1:3], 16), int(self.hex[3:5], 16), int(self.hex[5:7], 16)


Palette = tuple[Color, ...]


def check_palette(colors: Iterable[object]) -> Palette:
    """A palette from `{"name", "hex"}` mappings, as JSON has them.

    Raises InvalidPalette for none or too many, a bad hex, a missing name, or a colour that comes twice: an image
    could not be mapped back to it.
    """
    palette: list[Color] = []
    seen: dict[str, int] = {}
    for index, entry in enumerate(colors):
        if not isinstance(entry, dict):
            raise InvalidPalette(f'Colour {index} must be an object with "name" and "hex".')
        name, value = entry.get("name"), entry.get("hex")
        # Printable: PostgreSQL stores no NUL, UTF-8 has no lone surrogate, and a name is one line.
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= 40 or not name.strip().isprintable():
            raise InvalidPalette(f"Colour {index} needs a name of 1 to 40 characters.")
        if not isinstance(value, str) or not _HEX.match(value):
            raise InvalidPalette(f"Colour {index} ({name}) needs a hex value like #FF4500, not {value!r}.")
        value = value.upper()
        if value in seen:
            raise InvalidPalette(f"Colours {seen[value]} and {index} are both {value}.")
        seen[value] = index
        palette.append(Color(name.strip(), value))
    if not 2 <= len(palette) <= MAX_COLORS:
        raise InvalidPalette(f"A palette has from 2 to {MAX_COLORS} colours, not {len(palette)}.")
    return tuple(palette)


def as_json(palette: Sequence[Color]) -> list[dict[str, str]]:
    """The palette as the wire and the database write it."""
    return [{"name": color.name, "hex": color.hex} for color in palette]


def _palette(text: str) -> Palette:
    pairs = (line.rsplit(" ", 1) for line in text.strip().splitlines())
    return check_palette({"name": name.strip(), "hex": value} for name, value in pairs)


REDDIT_2017 = _palette(
    """
    white #FFFFFF
    light grey #E4E4E4
    grey #888888
    black #222222
    pink #FFA7D1
    red #E50000
    orange #E59500
    brown #A06A42
    yellow #E5D900
    lime #94E044
    green #02BE01
    cyan #00D3DD
    teal #0083C7
    blue #0000EA
    lavender #CF6EE4
    purple #820080
    """
)

REDDIT_2022 = _palette(
    """
    white #FFFFFF
    light grey #D4D7D9
    grey #898D90
    dark grey #515252
    black #000000
    burgundy #6D001A
    dark red #BE0039
    red #FF4500
    orange #FFA800
    yellow #FFD635
    pale yellow #FFF8B8
    dark green #00A368
    green #00CC78
    light green #7EED56
    dark teal #00756F
    teal #009EAA
    light teal #00CCC0
    dark blue #2450A4
    blue #3690EA
    light blue #51E9F4
    indigo #493AC1
    periwinkle #6A5CFF
    lavender #94B3FF
    dark purple #811E9F
    purple #B44AC0
    pale purple #E4ABFF
    magenta #DE107F
    pink #FF3881
    light pink #FF99AA
    dark brown #6D482F
    brown #9C6926
    beige #FFB470
    """
)

PALETTES: dict[str, Palette] = {"reddit2017": REDDIT_2017, "reddit2022": REDDIT_2022}
DEFAULT_PALETTE = REDDIT_2022
