"""Palettes and boards as pictures. The content security policy allows no inline styles, so colours are SVG attributes
and boards are `data:` images."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from PIL import Image

from canvas.models import Board, Snapshot
from canvas.models.snapshot import CorruptSnapshot
from canvas.rules.palettes import Color, InvalidPalette, check_palette

SWATCH = 16
"""Pixels on a side."""
PICTURE = 512
"""Pixels on the longer side, at most."""


def palette_of(board: Board) -> Sequence[Color]:
    """The board's colours; none for a palette that is broken, which is here to be mended."""
    try:
        return check_palette(board.palette)
    except (InvalidPalette, TypeError):
        return ()


def swatches(palette: Sequence[Color], *, size: int = SWATCH, columns: int = 16) -> SafeString:
    """All colours in order, row by row, each with its index and name to hover over."""
    columns = max(1, min(columns, len(palette)))
    rows = -(-len(palette) // columns)
    return format_html(
        '<svg width="{}" height="{}" role="img" aria-label="{} colours">{}</svg>',
        columns * size,
        rows * size,
        len(palette),
        format_html_join(
            "",
            '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="#888" stroke-opacity="0.4">'
            "<title>{}: {}</title></rect>",
            (
                (index % columns * size, index // columns * size, size, size, color.hex, index, color.name)
                for index, color in enumerate(palette)
            ),
        ),
    )


def swatch(board: Board, color: int) -> SafeString:
    """One colour of a board, with its name; its index alone where the palette has no such colour any more."""
    palette = palette_of(board)
    if color >= len(palette):
        return format_html("{}", color)
    return format_html('<span class="nowrap">{} {}</span>', swatches([palette[color]]), palette[color].name)


def picture(snapshot: Snapshot) -> SafeString:
    """The snapshot in the board's present colours, scaled to PICTURE pixels."""
    try:
        cells = snapshot.cells()
    except CorruptSnapshot as error:
        return format_html('<strong class="error">{}</strong>', error)
    image = Image.frombytes("P", (snapshot.width, snapshot.height), cells)
    image.putpalette([value for color in palette_of(snapshot.board) for value in color.rgb])
    longer = max(image.size)
    if longer > PICTURE:
        # Reduced in RGB: indexes have no average.
        image = image.convert("RGB")
        image.thumbnail((PICTURE, PICTURE), Image.Resampling.BOX)
    else:
        scale = PICTURE // longer
        image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    file = io.BytesIO()
    image.save(file, "PNG")
    return format_html(
        '<img src="data:image/png;base64,{}" width="{}" height="{}" alt="The board at seq {}">',
        base64.b64encode(file.getvalue()).decode(),
        image.width,
        image.height,
        snapshot.seq,
    )
