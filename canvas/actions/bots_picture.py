"""What bots paint: a picture as cells of a board, in an order."""

from __future__ import annotations

import random
import warnings
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from canvas.rules.palettes import Palette
from canvas.rules.wire import SnapshotBody

Cell = tuple[int, int, int]
"""x, y, colour."""
OPAQUE_FROM = 128
RINGS = 12


class BadPicture(Exception):
    """What is wrong with the picture, and what to do."""


class Order(StrEnum):
    """How bots go over a picture: all over it, or outwards from its middle."""

    RANDOM = "random"
    WAVE = "wave"


def cells_to_paint(picture: Path | None, board: SnapshotBody, palette: Palette, order: Order) -> list[Cell]:
    """The cells in which the board differs from the picture, centred on it and shrunk where it is larger.

    Colours become the palette's nearest; transparent pixels are left alone. Without a picture: coloured rings.
    Raises BadPicture.
    """
    wanted = rings(board.width, board.height, len(palette))
    if picture is not None:
        wanted = _centred(_indexes(_read(picture, board.width, board.height), palette), board.width, board.height)
    present = np.frombuffer(board.cells, dtype=np.uint8).reshape(board.height, board.width)
    ys, xs = np.nonzero((wanted >= 0) & (wanted != present))
    cells = list(zip(xs.tolist(), ys.tolist(), wanted[ys, xs].tolist(), strict=True))
    random.shuffle(cells)
    if order is Order.WAVE:
        # A ragged front: in the exact order of distance the bots would draw with a pair of compasses.
        reach = max(board.width, board.height) / 20
        cells.sort(key=lambda cell: _distance(cell, board) + random.uniform(0, reach))
    return cells


def rings(width: int, height: int, colors: int) -> NDArray[np.int16]:
    """Indexes by row and column: rings around the middle in all colours but the first, -1 outside of them."""
    ys, xs = np.mgrid[0:height, 0:width]
    radius = np.hypot(xs - (width - 1) / 2, ys - (height - 1) / 2) / (min(width, height) / 2)
    ring = (radius * RINGS).astype(np.int16)
    return np.where(ring < RINGS, ring % (colors - 1) + 1, -1).astype(np.int16)


def _read(path: Path, width: int, height: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                image.draft("RGB", (width, height))
                converted = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(f"{path}: The picture cannot be read: {error}. Give a PNG or a JPEG.") from error
    converted.thumbnail((width, height))
    return converted


def _indexes(image: Image.Image, palette: Palette) -> NDArray[np.int16]:
    parts = np.asarray(image, dtype=np.int32)
    flat = parts[..., :3].reshape(-1, 3)
    colors = np.array([color.rgb for color in palette], dtype=np.int32)
    best = np.zeros(len(flat), dtype=np.int16)
    least = np.full(len(flat), np.iinfo(np.int32).max, dtype=np.int32)
    for index, color in enumerate(colors):  # one colour at a time: all distances at once would be 32 pictures
        distance = ((flat - color) ** 2).sum(axis=1)
        nearer = distance < least
        best[nearer], least[nearer] = index, distance[nearer]
    best[parts[..., 3].reshape(-1) < OPAQUE_FROM] = -1
    return best.reshape(parts.shape[:2])


def _centred(picture: NDArray[np.int16], width: int, height: int) -> NDArray[np.int16]:
    rows, columns = picture.shape
    top, left = (height - rows) // 2, (width - columns) // 2
    wanted = np.full((height, width), -1, dtype=np.int16)
    wanted[top : top + rows, left : left + columns] = picture
    return wanted


def _distance(cell: Cell, board: SnapshotBody) -> float:
    return float(np.hypot(cell[0] - board.width / 2, cell[1] - board.height / 2))
