import assert from "node:assert/strict";
import { test } from "node:test";
import { APPLIED, Board, GAP, INVALID, KNOWN } from "../../static/js/pure/board.js";
import { blank, delta } from "./help.mjs";

test("a delta that continues the board is applied", () => {
  const board = blank({ seq: 4 });
  const { outcome, changed } = board.apply(delta(5, [[1, 0, 7], [2, 3, 8]]));
  assert.equal(outcome, APPLIED);
  assert.deepEqual(changed, [1, 14]);
  assert.equal(board.seq, 6);
  assert.equal(board.colorAt(2, 3), 8);
});

test("a gap changes nothing", () => {
  const board = blank({ seq: 4 });
  assert.equal(board.apply(delta(6, [[1, 0, 7]])).outcome, GAP);
  assert.equal(board.seq, 4);
  assert.equal(board.colorAt(1, 0), 0);
});

test("what is known already is passed over", () => {
  const board = blank({ seq: 9 });
  assert.equal(board.apply(delta(8, [[0, 0, 1], [0, 0, 2]])).outcome, KNOWN);
  assert.equal(board.colorAt(0, 0), 0);
});

test("of an overlap only the new part is applied", () => {
  const board = blank({ seq: 9 });
  const { outcome, changed } = board.apply(delta(8, [[0, 0, 1], [1, 0, 2], [2, 0, 3]]));
  assert.equal(outcome, APPLIED);
  assert.deepEqual(changed, [2]);
  assert.equal(board.colorAt(0, 0), 0);
  assert.equal(board.seq, 10);
});

test("a pixel outside spoils the whole delta", () => {
  const board = blank({ seq: 0 });
  assert.equal(board.apply(delta(1, [[0, 0, 1], [4, 0, 1]])).outcome, INVALID);
  assert.equal(board.colorAt(0, 0), 0);
  assert.equal(board.seq, 0);
});

test("an empty delta is known", () => {
  assert.equal(blank({ seq: 4 }).apply(delta(5, [])).outcome, KNOWN);
});

test("deltas in any cut give the same board", () => {
  const pixels = Array.from({ length: 30 }, (_, i) => [i % 4, (i * 7) % 4, i]);
  const whole = blank({ seq: 0 });
  whole.apply(delta(1, pixels));
  const pieces = blank({ seq: 0 });
  for (let at = 0; at < 30; at += 4) pieces.apply(delta(Math.max(1, at - 1), pixels.slice(Math.max(0, at - 2), at + 4)));
  assert.equal(pieces.seq, 30);
  assert.equal(pieces.checksum(), whole.checksum());
});

test("cells must fill the board", () => {
  assert.throws(() => new Board({ width: 2, height: 2, seq: 0, revision: 0, cells: new Uint8Array(3) }), RangeError);
});
