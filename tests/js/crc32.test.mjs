import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../static/js/pure/crc32.js";

test("the check value of the standard", () => {
  assert.equal(crc32(Buffer.from("123456789")), 0xcbf43926);
});

test("nothing has the checksum zero", () => {
  assert.equal(crc32(new Uint8Array(0)), 0);
});

test("eight at a time gives the same as bit by bit, at every length", () => {
  const data = Uint8Array.from({ length: 70 }, (_, i) => (i * 73 + 41) & 255);
  for (let length = 0; length <= data.length; length++) {
    assert.equal(crc32(data.subarray(0, length)), bitByBit(data.subarray(0, length)), `length ${length}`);
  }
});

function bitByBit(data) {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
