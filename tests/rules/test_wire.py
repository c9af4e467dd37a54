"""The wire format, against vectors that were made without it, and against itself."""

import contextlib
import json
import pathlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas.rules import wire
from canvas.rules.wire import InvalidFrame, SnapshotBody

VECTORS = json.loads((pathlib.Path(__file__).parent.parent / "vectors" / "wire.json").read_text())

u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFF_FFFF)
u64 = st.integers(0, 2**64 - 1)
pixels = st.tuples(u16, u16, st.integers(0, 255))


def named(kind):
    return [pytest.param(vector, id=vector["name"]) for vector in VECTORS[kind]]


@pytest.mark.parametrize("vector", named("delta"))
def test_a_delta_is_as_its_vector(vector):
    records = wire.pack_records(vector["pixels"])
    frame = bytes.fromhex(vector["hex"])

    assert wire.encode_delta(vector["first_seq"], records) == frame
    assert wire.decode_delta(frame) == (vector["first_seq"], records)
    assert [list(pixel) for pixel in wire.unpack_records(records)] == vector["pixels"]


@pytest.mark.parametrize("vector", named("heartbeat"))
def test_a_heartbeat_is_as_its_vector(vector):
    frame = bytes.fromhex(vector["hex"])

    assert wire.encode_heartbeat(vector["crc32"], vector["seq"]) == frame
    assert wire.decode_heartbeat(frame) == (vector["crc32"], vector["seq"])


@pytest.mark.parametrize("vector", named("snapshot"))
def test_a_snapshot_is_as_its_vector(vector):
    snapshot = SnapshotBody(
        vector["width"], vector["height"], vector["seq"], vector["revision"], bytes.fromhex(vector["cells"])
    )
    body = bytes.fromhex(vector["hex"])

    assert wire.encode_snapshot(snapshot) == body
    assert wire.decode_snapshot(body) == snapshot


@given(u64, st.lists(pixels, min_size=1, max_size=50))
def test_a_delta_survives_the_wire(first_seq, given_pixels):
    first, records = wire.decode_delta(wire.encode_delta(first_seq, wire.pack_records(given_pixels)))

    assert first == first_seq
    assert list(wire.unpack_records(records)) == given_pixels


@given(pixels)
def test_one_record_is_packed_as_many_are(pixel):
    assert wire.pack_record(*pixel) == wire.pack_records([pixel])
    assert len(wire.pack_record(*pixel)) == wire.RECORD_SIZE


@given(u32, u64)
def test_a_heartbeat_survives_the_wire(checksum, seq):
    assert wire.decode_heartbeat(wire.encode_heartbeat(checksum, seq)) == (checksum, seq)


@given(st.integers(1, 12), st.integers(1, 12), u64, u32, st.data())
def test_a_snapshot_survives_the_wire(width, height, seq, revision, data):
    cells = data.draw(st.binary(min_size=width * height, max_size=width * height))
    snapshot = SnapshotBody(width, height, seq, revision, cells)

    assert wire.decode_snapshot(wire.encode_snapshot(snapshot)) == snapshot


@pytest.mark.parametrize("count", [0, 1, 65_535, 65_536, 131_071])
def test_as_many_deltas_are_made_as_the_records_need(count):
    records = bytearray(wire.pack_records((i & 0xFFFF, i >> 16, 7) for i in range(count)))

    frames = [wire.decode_delta(frame) for frame in wire.encode_deltas(100, records)]

    assert len(frames) == -(-count // wire.MAX_RECORDS)
    assert b"".join(part for _, part in frames) == bytes(records)
    assert [first for first, _ in frames] == [100 + i * wire.MAX_RECORDS for i in range(len(frames))]


@pytest.mark.parametrize("size", [0, 1, 4, 6, 5 * 65_536])
def test_a_delta_of_none_of_too_many_or_of_broken_records_is_not_made(size):
    with pytest.raises(InvalidFrame):
        wire.encode_delta(1, bytes(size))


@given(st.binary(max_size=40))
def test_decoders_take_or_refuse_and_never_break(frame):
    for decode in (wire.decode_delta, wire.decode_heartbeat, wire.decode_snapshot):
        with contextlib.suppress(InvalidFrame):
            decode(frame)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        bytes(17),
        bytes.fromhex("0100000001000000000000"),
        bytes.fromhex("010000000100000000000000"),
        bytes.fromhex("0100010001000000000000000000000000")[:-1],
        bytes.fromhex("0100010001000000000000000000000000") + b"\0",
        bytes.fromhex("0200010001000000000000000000000000"),
    ],
)
def test_a_broken_delta_is_refused(frame):
    with pytest.raises(InvalidFrame):
        wire.decode_delta(frame)


def test_a_snapshot_with_one_wrong_byte_is_refused():
    body = wire.encode_snapshot(SnapshotBody(4, 4, 9, 2, bytes(range(16))))

    for place in [0, 1, 2, 3, 4, 6, 16, 17, 18, 19, *range(24, 40)]:
        broken = bytearray(body)
        broken[place] ^= 1
        with pytest.raises(InvalidFrame):
            wire.decode_snapshot(bytes(broken))
    for broken in (body[:-1], body + b"\0", body[:23]):
        with pytest.raises(InvalidFrame):
            wire.decode_snapshot(broken)


def test_the_checksum_is_the_one_of_zip_and_of_browsers():
    assert wire.encode_snapshot(SnapshotBody(3, 3, 0, 1, b"123456789"))[16:20] == (0xCBF43926).to_bytes(4, "little")
    assert zlib.crc32(b"123456789") == 0xCBF43926
