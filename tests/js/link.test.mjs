import assert from "node:assert/strict";
import { test } from "node:test";
import { format, parse } from "../../static/js/pure/link.js";

test("a place survives its link", () => {
  assert.deepEqual(parse(format({ x: 512, y: 300, z: 20 })), { x: 512, y: 300, z: 20 });
});

test("the zoom may be missing", () => {
  assert.deepEqual(parse("#x=1&y=2"), { x: 1, y: 2, z: 20 });
});

test("order, fractions and a missing # do not matter", () => {
  assert.deepEqual(parse("z=4&y=7.9&x=3.2"), { x: 3, y: 7, z: 4 });
});

for (const nonsense of ["", "#", "#x=1", "#y=1", "#x=a&y=b", "#x=NaN&y=NaN", "#x=Infinity&y=1", "#x=1e3&y=1", "#x=-1&y=0", "#x=70000&y=0", "#x=&y=", "#x=0x10&y=1", "#%%%", "#x=1;y=2", "#x=<b>&y=1"]) {
  test(`nonsense is no place: ${nonsense}`, () => assert.equal(parse(nonsense), null));
}

for (const z of ["abc", "-4", "0", "NaN", ""]) {
  test(`a senseless zoom falls back: ${z}`, () => assert.equal(parse(`#x=1&y=2&z=${z}`).z, 20));
}

test("a zoom out of bounds is brought inside", () => {
  assert.equal(parse("#x=1&y=2&z=9999").z, 64);
  assert.equal(parse("#x=1&y=2&z=0.0001").z, 0.1);
});
