"""A picture becomes a board's baseline: it has neither authors nor times, so it is no log."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.core.validators import validate_slug
from django.db import transaction
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from canvas.actions import boards, site
from canvas.actions.imports_files import ImportFailed
from canvas.engine import db, ledger, loading
from canvas.models import Board, Snapshot
from canvas.models.snapshot import Kind
from canvas.rules.board import BLANK, InvalidBoard, check_size
from canvas.rules.palettes import MAX_COLORS, PALETTES, Palette, check_palette

CLEAR = 1 << 24
"""Above every 0xRRGGBB: a cell where the picture is transparent."""
OPAQUE_FROM = 128
"""Alpha. A board has no half colours: below it a pixel is transparent, from it on it is all there."""
WHITE = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class ImportedPicture:
    """What an import did; `archive` is what the board showed before, where it showed anything."""

    board: Board
    created: bool
    cells: int
    archive: Snapshot | None


@dataclass(frozen=True, slots=True)
class Picture:
    """`pixels` are 0xRRGGBB or CLEAR, by row and column; `palette` is an indexed picture's own, in its order."""

    pixels: NDArray[np.uint32]
    palette: list[int]

    @property
    def used(self) -> NDArray[np.uint32]:
        """Its colours, each once, ascending, without CLEAR."""
        return np.setdiff1d(self.pixels, np.array([CLEAR], dtype=np.uint32))


def import_png(*, slug: str, path: Path) -> ImportedPicture:
    """Make the picture the new baseline of the board, or of a new board of its size.

    Raises ImportFailed for a picture that cannot be read or does not fit the board, ValidationError for a bad slug.
    """
    picture = read(path)
    board_id = Board.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if board_id is None:
        validate_slug(slug)
        palette = palette_for(picture, path)
        height, width = picture.pixels.shape
        with transaction.atomic(durable=True):
            db.take_time()
            board = boards.create(slug=slug, width=width, height=height, palette=palette)
            cells = cells_of(picture, palette, path)
            boards.rebase(board, cells)
        return ImportedPicture(board, True, len(cells), None)
    with ledger.locked(board_id) as locked:
        db.take_time()
        board, info = locked.board, locked.info
        height, width = picture.pixels.shape
        if (width, height) != (info.width, info.height):
            raise ImportFailed(
                path,
                f"The picture is {width}×{height}, board {slug} is {info.width}×{info.height}. "
                "Resize the picture, or choose a slug that is not taken: a new board gets the picture's size.",
            )
        cells = cells_of(picture, info.palette, path)
        before, archive = bytes(loading.fold(board).cells), None
        if board.seq or before.count(BLANK) != len(before):
            archive = Snapshot.of(board, Kind.ARCHIVE, seq=board.seq, cells=before)
            archive.save()
        boards.rebase(board, cells)
    site.board_changed(board_id)
    return ImportedPicture(board, False, len(cells), archive)


def read(path: Path) -> Picture:
    """Raises ImportFailed for what is no PNG, is cut off, or is larger than a board; the size is checked first."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG"]) as image:
                check_size(*image.size)  # only the header has been read so far
                image.load()
                return Picture(_pixels(image), _own_palette(image))
    except InvalidBoard as error:
        raise ImportFailed(path, f"{error} Cut or shrink the picture.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImportFailed(path, "The picture is far larger than any board. Cut or shrink it.") from error
    except UnidentifiedImageError as error:
        raise ImportFailed(path, "This is not a PNG, or a damaged one. Save or copy the picture again.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # what Pillow's PNG reader raises
        raise ImportFailed(path, f"The picture is damaged or cut off ({error}). Save or copy it again.") from error


def palette_for(picture: Picture, path: Path) -> Palette:
    """The palette of a new board: Reddit's smallest that has all colours, else the picture's own.

    An indexed picture's order is kept, so that an exported board comes back with the same indexes; otherwise white
    comes first, where there is any, then the others as they come.
    """
    used = set(picture.used.tolist())
    for palette in sorted(PALETTES.values(), key=len):
        if used <= {_number(color.rgb) for color in palette}:
            return palette
    colors = picture.palette
    if not used <= set(colors):
        if len(used) > MAX_COLORS:
            raise ImportFailed(
                path,
                f"The picture has {len(used):,} colours, a board has at most {MAX_COLORS}. "
                "Reduce them, for example by saving the picture with a palette.",
            )
        unique, first = np.unique(picture.pixels, return_index=True)
        colors = [int(unique[position]) for position in np.argsort(first) if unique[position] != CLEAR]
        colors.sort(key=lambda color: color != WHITE)
    if len(colors) == 1:
        colors = [WHITE, *colors]  # white alone is in Reddit's palettes
    return check_palette({"name": f"colour {index}", "hex": f"#{color:06X}"} for index, color in enumerate(colors))


def cells_of(picture: Picture, palette: Palette, path: Path) -> bytes:
    """The picture in indexes of the palette, row by row; transparent cells are BLANK.

    Raises ImportFailed for the first pixel of another colour.
    """
    indexes = {_number(color.rgb): index for index, color in reversed(list(enumerate(palette)))}
    indexes[CLEAR] = BLANK
    unique, inverse = np.unique(picture.pixels, return_inverse=True)
    unknown = [position for position, color in enumerate(unique.tolist()) if color not in indexes]
    if unknown:
        flat = inverse.reshape(-1)
        cell = int(np.isin(flat, unknown).argmax())
        y, x = divmod(cell, picture.pixels.shape[1])
        raise ImportFailed(
            path,
            f"The colour #{int(unique[flat[cell]]):06X} at ({x}, {y}) is not in the board's palette "
            f"({', '.join(color.hex for color in palette)}). Recolour the picture, or choose a slug that is not taken.",
        )
    return np.array([indexes[color] for color in unique.tolist()], dtype=np.uint8)[inverse].tobytes()


def _pixels(image: Image.Image) -> NDArray[np.uint32]:
    if image.mode.startswith("I"):
        # 16 bits of grey, which Pillow's own conversion would clip instead of scale.
        gray = np.asarray(image, dtype=np.int64) >> 8
        return (gray * 0x010101).astype(np.uint32)
    parts = np.asarray(image.convert("RGBA"), dtype=np.uint8).astype(np.uint32)
    colors: NDArray[np.uint32] = parts[..., :3] @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    colors[parts[..., 3] < OPAQUE_FROM] = CLEAR
    return colors


def _own_palette(image: Image.Image) -> list[int]:
    flat = image.getpalette() if image.mode == "P" else None
    triples = zip(*[iter(flat or [])] * 3, strict=True)
    return list(dict.fromkeys(_number(triple) for triple in triples))


def _number(rgb: Sequence[int]) -> int:
    red, green, blue = rgb
    return red << 16 | green << 8 | blue
