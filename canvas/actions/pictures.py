"""The board as bytes to fetch: the snapshot body and PNGs, made at most once per tick and kept until the next.

Whoever asks while one is being made gets that one: a thousand clients that reconnect at once cost one encoding.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field

import brotli
import numpy as np
import zstandard
from django.conf import settings
from PIL import Image

from canvas.engine.feed import Feed
from canvas.rules import wire
from canvas.rules.board import BoardInfo
from canvas.rules.wire import SnapshotBody

MAX_PICTURE = 100_000_000
"""Pixels of one PNG: a 1000×1000 board at scale 10. As many bytes are held while it is made."""

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    # Levels at which a 1000×1000 board costs a few milliseconds; best first.
    "zstd": lambda body: zstandard.compress(body, 3),
    "br": lambda body: brotli.compress(body, quality=4),
    "gzip": lambda body: gzip.compress(body, 4, mtime=0),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes with the seq and revision that they show."""

    seq: int
    revision: int
    data: bytes


@dataclass(slots=True)
class _Kept:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    made: float = -1e9
    picture: Picture | None = None


_kept: weakref.WeakKeyDictionary[Feed, dict[str, _Kept]] = weakref.WeakKeyDictionary()


async def snapshot(feed: Feed, encoding: str) -> Picture:
    """The snapshot body, compressed as one of ENCODERS or `identity`."""

    def make(info: BoardInfo, seq: int, cells: bytes) -> bytes:
        body = wire.encode_snapshot(SnapshotBody(info.width, info.height, seq, info.revision, cells))
        return ENCODERS[encoding](body) if encoding in ENCODERS else body

    return await _fresh(feed, encoding, make)


async def png(feed: Feed, scale: int) -> Picture:
    """An indexed PNG, each cell scale × scale pixels. Raises ValueError with a sentence when that is too large."""
    info = feed.info
    if info.width * info.height * scale * scale > MAX_PICTURE:
        raise ValueError(f"A picture has at most {MAX_PICTURE:,} pixels; choose a smaller scale than {scale}.")
    return await _fresh(feed, f"png{scale}", lambda info, _seq, cells: encode_png(info, cells, scale))


def encode_png(info: BoardInfo, cells: bytes, scale: int = 1) -> bytes:
    """An indexed PNG with the board's palette, in its order."""
    grid = np.frombuffer(cells, dtype=np.uint8).reshape(info.height, info.width)
    if scale > 1:
        grid = np.kron(grid, np.ones((scale, scale), dtype=np.uint8))
    image = Image.fromarray(grid, mode="P")
    image.putpalette([part for color in info.palette for part in color.rgb])
    out = io.BytesIO()
    image.save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()


async def _fresh(feed: Feed, name: str, make: Callable[[BoardInfo, int, bytes], bytes]) -> Picture:
    kept = _kept.setdefault(feed, {}).setdefault(name, _Kept())
    loop = asyncio.get_running_loop()
    if _is_current(kept.picture, feed):
        return kept.picture  # type: ignore[return-value]  # current, hence there
    asked = loop.time()
    async with kept.lock:
        # One that somebody else began to make after this was asked for shows all that could be asked for.
        if kept.picture is None or kept.made < asked:
            await asyncio.sleep(max(0.0, kept.made + settings.TICK_MS / 1000 - loop.time()))
        if (kept.picture is None or kept.made < asked) and not _is_current(kept.picture, feed):
            info, seq, cells = feed.info, feed.seq, bytes(feed.cells)
            kept.made = loop.time()
            data = await asyncio.to_thread(make, info, seq, cells)
            kept.picture = Picture(seq, info.revision, data)
    assert kept.picture is not None
    return kept.picture


def _is_current(picture: Picture | None, feed: Feed) -> bool:
    return picture is not None and (picture.seq, picture.revision) == (feed.seq, feed.info.revision)
