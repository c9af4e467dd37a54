import assert from "node:assert/strict";
import { test } from "node:test";
import * as t from "../../static/js/pure/transform.js";

const BOARD = { width: 100, height: 50 };
const FREE = { left: 10, top: 20, width: 400, height: 300 };
const LIMITS = { min: 0.5, max: 64 };

test("invert undoes apply", () => {
  const view = t.make(3.7, -120, 45);
  close(t.invert(view, t.apply(view, [12.25, 7.5])), [12.25, 7.5]);
});

test("zooming keeps the point under the pointer", () => {
  const view = t.make(2, 30, -70);
  const before = t.invert(view, [111, 222]);
  close(t.invert(t.zoomAt(view, 1.9, [111, 222], LIMITS), [111, 222]), before);
});

test("zooming stops at its limits", () => {
  assert.equal(t.zoomAt(t.make(50, 0, 0), 10, [0, 0], LIMITS).k, 64);
  assert.equal(t.zoomAt(t.make(1, 0, 0), 0.01, [0, 0], LIMITS).k, 0.5);
});

test("fit shows the whole board in the middle of the free part", () => {
  const view = t.fit(BOARD, FREE);
  assert.equal(view.k, 4);
  close(t.apply(view, [0, 0]), [10, 70]);
  close(t.apply(view, [100, 50]), [410, 270]);
});

test("a tiny board is not blown up beyond the largest scale", () => {
  assert.equal(t.fit({ width: 1, height: 1 }, FREE).k, t.MAX_SCALE);
});

test("no window is no reason for nonsense", () => {
  const view = t.fit(BOARD, { left: 0, top: 0, width: 0, height: 0 });
  assert.ok(view.k > 0 && Number.isFinite(view.x));
});

test("the board cannot be thrown out of sight", () => {
  for (const [x, y] of [[1e6, 1e6], [-1e6, -1e6], [1e6, -1e6]]) {
    const view = t.clamp(t.make(4, x, y), BOARD, FREE, LIMITS);
    const [px, py] = t.invert(view, [210, 170]);
    assert.ok(px >= -1e-9 && px <= 100 + 1e-9 && py >= -1e-9 && py <= 50 + 1e-9, `${px}, ${py}`);
  }
});

test("clamping a view that is fine gives the same view", () => {
  const view = t.fit(BOARD, FREE);
  assert.equal(t.clamp(view, BOARD, FREE, LIMITS), view);
});

test("cellAt knows the edges of the board", () => {
  const view = t.make(10, 5, 5);
  assert.deepEqual(t.cellAt(view, [5, 5], BOARD), { x: 0, y: 0 });
  assert.equal(t.cellAt(view, [4.9, 5], BOARD), null);
  assert.deepEqual(t.cellAt(view, [1004.9, 504.9], BOARD), { x: 99, y: 49 });
  assert.equal(t.cellAt(view, [1005, 5], BOARD), null);
});

test("a move between two views begins and ends at them", () => {
  const from = t.make(1, 0, 0);
  const to = t.zoomAt(from, 16, [100, 100], LIMITS);
  close(Object.values(t.between(from, to, 0)), Object.values(from));
  assert.equal(t.between(from, to, 1), to);
});

test("a zoom about a point keeps that point all the way", () => {
  const from = t.make(1, 7, 9);
  const to = t.zoomAt(from, 16, [100, 100], LIMITS);
  for (const p of [0.2, 0.5, 0.9]) close(t.invert(t.between(from, to, p), [100, 100]), t.invert(from, [100, 100]));
});

test("a move without zoom goes straight", () => {
  close(Object.values(t.between(t.make(2, 0, 0), t.make(2, 10, 20), 0.5)), [2, 5, 10]);
});

test("a transform cannot be changed", () => {
  assert.throws(() => (t.identity.k = 2), TypeError);
});

test("centerOn puts the point in the middle", () => {
  close(t.apply(t.centerOn([3, 4], 8, FREE), [3, 4]), [210, 170]);
});

function close(actual, expected) {
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-6, `${actual} is not ${expected}`));
}
