"""Binary frames and the snapshot body, exactly as docs/protocol.md has them. Little-endian, unsigned.

A *record* is 5 bytes: x (u16), y (u16), colour (u8). Everything between the log and the socket handles records as
packed bytes, so that a frame is made by one concatenation however many pixels it carries.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DELTA = 0x01
HEARTBEAT = 0x02
RECORD_SIZE = 5
MAX_RECORDS = 0xFFFF
"""Records in one delta: the count is a u16."""
SNAPSHOT_MAGIC = b"PLB1"
SNAPSHOT_HEADER_SIZE = 24

_RECORD = struct.Struct("<HHB")
_DELTA_HEADER = struct.Struct("<BBHQ")
_HEARTBEAT = struct.Struct("<B3xIQ")
_SNAPSHOT_HEADER = struct.Struct("<4sHHQII")


class InvalidFrame(ValueError):
    """Bytes that are not the frame they should be."""


def pack_record(x: int, y: int, color: int) -> bytes:
    return _RECORD.pack(x, y, color)


def pack_records(pixels: Iterable[tuple[int, int, int]]) -> bytes:
    """Records of (x, y, colour), in order."""
    return b"".join(_RECORD.pack(x, y, color) for x, y, color in pixels)


def unpack_records(records: bytes | bytearray | memoryview) -> Iterator[tuple[int, int, int]]:
    """(x, y, colour) of each record. Raises struct.error when the length is not a multiple of 5."""
    return _RECORD.iter_unpack(records)


def encode_delta(first_seq: int, records: bytes | memoryview) -> bytes:
    """One delta frame of at most MAX_RECORDS records; the first has seq `first_seq`."""
    count, rest = divmod(len(records), RECORD_SIZE)
    if rest or not 1 <= count <= MAX_RECORDS:
        raise InvalidFrame(f"A delta has from 1 to {MAX_RECORDS} whole records, not {len(records)} bytes.")
    return _DELTA_HEADER.pack(DELTA, 0, count, first_seq) + records


def encode_deltas(first_seq: int, records: bytes | bytearray) -> Iterator[bytes]:
    """As many delta frames as the records need; none for no records."""
    step = MAX_RECORDS * RECORD_SIZE
    view = memoryview(bytes(records))
    for start in range(0, len(view), step):
        yield encode_delta(first_seq + start // RECORD_SIZE, view[start : start + step])


def decode_delta(frame: bytes) -> tuple[int, bytes]:
    """(first seq, records) of a delta frame. Raises InvalidFrame."""
    if len(frame) < _DELTA_HEADER.size or frame[0] != DELTA:
        raise InvalidFrame("Not a delta frame.")
    _, _, count, first_seq = _DELTA_HEADER.unpack_from(frame)
    records = frame[_DELTA_HEADER.size :]
    if count == 0 or len(records) != count * RECORD_SIZE:
        raise InvalidFrame(f"A delta of {count} records carries {len(records)} bytes of them.")
    return first_seq, records


def encode_heartbeat(checksum: int, seq: int) -> bytes:
    """`checksum` is the CRC-32 of the board's cells at `seq`."""
    return _HEARTBEAT.pack(HEARTBEAT, checksum, seq)


def decode_heartbeat(frame: bytes) -> tuple[int, int]:
    """(checksum, seq). Raises InvalidFrame."""
    if len(frame) != _HEARTBEAT.size or frame[0] != HEARTBEAT:
        raise InvalidFrame("Not a heartbeat frame.")
    _, checksum, seq = _HEARTBEAT.unpack(frame)
    return checksum, seq


@dataclass(frozen=True, slots=True)
class SnapshotBody:
    """A board's cells at `seq`: width × height bytes, row by row from the top left."""

    width: int
    height: int
    seq: int
    revision: int
    cells: bytes


def encode_snapshot(snapshot: SnapshotBody) -> bytes:
    """The body as the snapshot address serves it, before any compression."""
    header = _SNAPSHOT_HEADER.pack(
        SNAPSHOT_MAGIC,
        snapshot.width,
        snapshot.height,
        snapshot.seq,
        zlib.crc32(snapshot.cells),
        snapshot.revision,
    )
    return header + snapshot.cells


def decode_snapshot(body: bytes) -> SnapshotBody:
    """Raises InvalidFrame for a wrong magic, length or checksum."""
    if len(body) < SNAPSHOT_HEADER_SIZE or body[:4] != SNAPSHOT_MAGIC:
        raise InvalidFrame("Not a snapshot.")
    _, width, height, seq, checksum, revision = _SNAPSHOT_HEADER.unpack_from(body)
    cells = body[SNAPSHOT_HEADER_SIZE:]
    if len(cells) != width * height:
        raise InvalidFrame(f"A snapshot of {width}×{height} carries {len(cells)} cells.")
    if zlib.crc32(cells) != checksum:
        raise InvalidFrame("The snapshot's cells do not match its checksum.")
    return SnapshotBody(width, height, seq, revision, cells)
