import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { WireError, decodeFrame, decodeSnapshot, decodeText, deltasFromUpdates, encodePing, encodePlace } from "../../static/js/pure/wire.js";

// The same vectors bind the server: whoever changes the format alone breaks a test.
const vectors = JSON.parse(readFileSync(new URL("../vectors/wire.json", import.meta.url)));

for (const { name, first_seq, pixels, hex } of vectors.delta) {
  test(`a delta reads as the vectors say: ${name}`, () => {
    const delta = decodeFrame(bytes(hex));
    assert.equal(delta.kind, "delta");
    assert.equal(delta.firstSeq, first_seq);
    assert.equal(delta.count, pixels.length);
    const read = pixels.map((_, i) => [delta.xs[i], delta.ys[i], delta.colors[i]]);
    assert.deepEqual(read, pixels);
  });
}

for (const { name, crc32, seq, hex } of vectors.heartbeat) {
  test(`a heartbeat reads as the vectors say: ${name}`, () => {
    assert.deepEqual(decodeFrame(bytes(hex)), { kind: "heartbeat", crc32, seq });
  });
}

for (const { name, width, height, seq, crc32, revision, cells, hex } of vectors.snapshot) {
  test(`a snapshot reads as the vectors say: ${name}`, () => {
    const snapshot = decodeSnapshot(bytes(hex));
    assert.deepEqual({ ...snapshot, cells: Buffer.from(snapshot.cells).toString("hex") }, { width, height, seq, crc32, revision, cells });
  });
}

test("a delta cut short is refused", () => {
  const { hex } = vectors.delta[0];
  assert.throws(() => decodeFrame(bytes(hex.slice(0, -2))), WireError);
});

test("a delta that is too long is refused", () => {
  assert.throws(() => decodeFrame(bytes(`${vectors.delta[0].hex}00`)), WireError);
});

test("a heartbeat of the wrong size is refused", () => {
  assert.throws(() => decodeFrame(bytes(`${vectors.heartbeat[0].hex}00`)), WireError);
});

test("an unknown frame type is refused, and so is an empty frame", () => {
  assert.throws(() => decodeFrame(bytes("07")), /got 7/);
  assert.throws(() => decodeFrame(bytes("")), WireError);
});

test("a seq that no number can hold is refused", () => {
  assert.throws(() => decodeFrame(bytes("020000000000000000000000000020000000".slice(0, 32))), /2\^53/);
});

test("a snapshot with one wrong cell is refused", () => {
  const { hex } = vectors.snapshot[0];
  const wrong = hex.endsWith("01") ? "02" : "01";
  assert.throws(() => decodeSnapshot(bytes(hex.slice(0, -2) + wrong)), /checksum/);
});

test("a snapshot cut short is refused, and so is a stranger", () => {
  const { hex } = vectors.snapshot[0];
  assert.throws(() => decodeSnapshot(bytes(hex.slice(0, -2))), WireError);
  assert.throws(() => decodeSnapshot(bytes(`00${hex.slice(2)}`)), /PLB1/);
  assert.throws(() => decodeSnapshot(bytes("504c4231")), WireError);
});

test("updates become deltas, one for each run of seq", () => {
  const updates = [5, 6, 9].map((seq) => ({ seq, x: seq, y: 1, color: 2 }));
  const deltas = deltasFromUpdates(updates);
  assert.deepEqual(deltas.map((d) => [d.firstSeq, d.count, [...d.xs]]), [[5, 2, [5, 6]], [9, 1, [9]]]);
  assert.deepEqual(deltasFromUpdates([]), []);
});

test("a text frame is an object with a type", () => {
  assert.deepEqual(decodeText('{"type":"pong"}'), { type: "pong" });
  for (const nonsense of ["", "null", "[]", "3", '{"type":1}', "{"]) {
    assert.throws(() => decodeText(nonsense), WireError, nonsense);
  }
});

test("what we send is what the protocol asks for", () => {
  const sent = JSON.parse(encodePlace({ id: "a", x: 1, y: 2, color: 3, status: "waiting" }));
  assert.deepEqual(sent, { type: "place", id: "a", x: 1, y: 2, color: 3 });
  assert.deepEqual(JSON.parse(encodePing()), { type: "ping" });
});

function bytes(hex) {
  return Uint8Array.from(Buffer.from(hex, "hex")).buffer;
}
