import assert from "node:assert/strict";
import { test } from "node:test";
import * as cursor from "../../static/js/actions/cursor.js";
import { chooseColor } from "../../static/js/actions/place.js";
import { advance, pan, zoomNow } from "../../static/js/actions/view.js";
import { live } from "./help.mjs";

const press = (state, cell) => cursor.press(state, cell, { point: [200, 200], now: 0, id: "a" });

test("the first press selects, the second places", () => {
  const state = live();
  chooseColor(state, 1);
  press(state, { x: 1, y: 1 });
  assert.deepEqual(state.selected, { x: 1, y: 1 });
  assert.equal(state.pending, null);
  press(state, { x: 1, y: 1 });
  assert.equal(state.pending.id, "a");
});

test("a press on another cell selects that one", () => {
  const state = live();
  chooseColor(state, 1);
  press(state, { x: 1, y: 1 });
  press(state, { x: 2, y: 1 });
  assert.deepEqual(state.selected, { x: 2, y: 1 });
  assert.equal(state.pending, null);
});

test("a press beside the board lets go", () => {
  const state = live();
  press(state, { x: 1, y: 1 });
  press(state, null);
  assert.equal(state.selected, null);
});

test("from far away a press comes closer, and places nothing while the camera moves", () => {
  const state = live();
  chooseColor(state, 1);
  zoomNow(state, 0.01, [200, 200]);
  press(state, { x: 1, y: 1 });
  assert.notEqual(state.glide, null);
  press(state, { x: 1, y: 1 });
  assert.equal(state.pending, null);
  advance(state, 10_000);
  press(state, { x: 1, y: 1 });
  assert.equal(state.pending.id, "a");
});

test("the first arrow shows the cursor, the next ones move it, up to the edge", () => {
  const state = live();
  cursor.moveCursor(state, 1, 0, 0);
  assert.deepEqual(state.selected, { x: 2, y: 2 });
  cursor.moveCursor(state, 1, 0, 0);
  cursor.moveCursor(state, 10, -10, 0);
  assert.deepEqual(state.selected, { x: 3, y: 0 });
  assert.equal(state.announcement.text, "3, 0: White");
});

test("Escape lets go of the cell first and of the colour then", () => {
  const state = live();
  chooseColor(state, 1);
  cursor.select(state, { x: 1, y: 1 });
  cursor.letGo(state);
  assert.equal(state.selected, null);
  assert.equal(state.color, 1);
  cursor.letGo(state);
  assert.equal(state.color, null);
});

test("an answer about a cell that is no longer selected is dropped", () => {
  const state = live();
  cursor.select(state, { x: 1, y: 1 });
  cursor.inspecting(state, { x: 1, y: 1 });
  cursor.select(state, { x: 2, y: 2 });
  cursor.inspected(state, { x: 1, y: 1 }, { seq: 5 });
  assert.equal(state.inspected, null);
});

test("moving the camera moves no cursor", () => {
  const state = live();
  cursor.select(state, { x: 1, y: 1 });
  pan(state, 30, 30);
  assert.deepEqual(state.selected, { x: 1, y: 1 });
});
