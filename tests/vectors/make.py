"""Writes wire.json, the wire format's test vectors, with struct alone: not with the code that they test.

python tests/vectors/make.py
"""

import json
import pathlib
import struct
import zlib


def delta(name, first_seq, pixels):
    body = b"".join(struct.pack("<HHB", *pixel) for pixel in pixels)
    data = struct.pack("<BBHQ", 1, 0, len(pixels), first_seq) + body
    return {"name": name, "first_seq": first_seq, "pixels": pixels, "hex": data.hex()}


def heartbeat(name, cells, seq):
    checksum = zlib.crc32(cells)
    data = bytes([2, 0, 0, 0]) + struct.pack("<IQ", checksum, seq)
    return {"name": name, "crc32": checksum, "seq": seq, "hex": data.hex()}


def snapshot(name, width, height, seq, revision, cells):
    checksum = zlib.crc32(cells)
    data = b"PLB1" + struct.pack("<HHQII", width, height, seq, checksum, revision) + cells
    return {
        "name": name,
        "width": width,
        "height": height,
        "seq": seq,
        "crc32": checksum,
        "revision": revision,
        "cells": cells.hex(),
        "hex": data.hex(),
    }


vectors = {
    "delta": [
        delta("one pixel, the first of a board", 1, [[0, 0, 0]]),
        delta("corners of the largest board", 2, [[4095, 4095, 255], [0, 4095, 1], [4095, 0, 2]]),
        delta("a seq beyond 32 bits", 2**40 + 7, [[1, 2, 3], [1, 2, 4]]),
        delta("the last seq a JavaScript number can hold", 2**53 - 1, [[513, 258, 31]]),
    ],
    "heartbeat": [
        heartbeat("blank 2×2", bytes(4), 0),
        heartbeat("a checksum with its high bit set", bytes([3, 1, 4, 1, 5, 9, 2, 6, 5]), 2**33),
    ],
    "snapshot": [
        snapshot("blank 2×2", 2, 2, 0, 1, bytes(4)),
        snapshot("3×2 with every row different", 3, 2, 258, 3, bytes([0, 1, 2, 253, 254, 255])),
        snapshot("one cell, late", 1, 1, 2**45, 2**31 + 1, bytes([7])),
    ],
}
target = pathlib.Path(__file__).with_name("wire.json")
target.write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")
