import assert from "node:assert/strict";
import { test } from "node:test";
import * as view from "../../static/js/actions/view.js";
import { opened } from "../../static/js/actions/connection.js";
import { adoptSnapshot, greeted, receiveBoard, release } from "../../static/js/actions/sync.js";
import { cellAt } from "../../static/js/pure/transform.js";
import { createState } from "../../static/js/state/state.js";
import { boardMessage, hello, live, snapshot } from "./help.mjs";

test("the whole board is seen at first", () => {
  const { view: v } = live();
  assert.equal(v.k, 64);
  assert.deepEqual([v.x, v.y], [72, 72]);
});

test("the board stays fitted until the player moves it", () => {
  const state = live();
  view.resize(state, { width: 200, height: 200, ratio: 1 });
  assert.equal(state.view.k, 50);
  view.pan(state, 10, 0);
  const before = state.view;
  view.resize(state, { width: 210, height: 200, ratio: 1 });
  assert.equal(state.view.k, before.k);
});

test("a board that grows is fitted again", () => {
  const state = live();
  receiveBoard(state, boardMessage({ width: 100, height: 100, revision: 2 }));
  assert.equal(state.view.k, 4);
});

test("panels take their part of the window", () => {
  const state = live();
  view.setInsets(state, { top: 0, right: 0, bottom: 200, left: 0 });
  assert.equal(state.view.k, 50);
});

test("a link waits for the board, then shows and selects its place", () => {
  const state = createState();
  view.openPlace(state, { x: 3, y: 1, z: 32 }, 0);
  view.resize(state, { width: 400, height: 400, ratio: 1 });
  opened(state);
  greeted(state, hello({ seq: 1 }), { since: null });
  adoptSnapshot(state, snapshot({ seq: 1 }));
  release(state);
  assert.equal(state.view.k, 32);
  assert.deepEqual(state.selected, { x: 3, y: 1 });
  assert.deepEqual(cellAt(state.view, [200, 200], state.board), { x: 3, y: 1 });
});

test("a link to outside the board selects nothing", () => {
  const state = live();
  view.openPlace(state, { x: 300, y: 1, z: 32 }, 0);
  view.advance(state, 10_000);
  assert.equal(state.selected, null);
});

test("steps of zoom add up while the camera still moves", () => {
  const state = live();
  view.resize(state, { width: 40, height: 40, ratio: 1 });
  view.zoomStep(state, 1.5, [20, 20], 0);
  view.zoomStep(state, 1.5, [20, 20], 10);
  view.advance(state, 10_000);
  assert.ok(Math.abs(state.view.k - 22.5) < 1e-9);
  assert.equal(state.glide, null);
});

test("with reduced motion the camera jumps", () => {
  const state = live();
  view.resize(state, { width: 40, height: 40, ratio: 1 });
  view.setReducedMotion(state, true);
  view.zoomStep(state, 2, [20, 20], 0);
  assert.equal(state.glide, null);
  assert.equal(state.view.k, 20);
});

test("a finger stops a rolling board, but not a zoom", () => {
  const state = live();
  view.fling(state, 1, 1, 0);
  view.stopFling(state);
  assert.equal(state.glide, null);
  view.fitBoard(state, 0);
  view.stopFling(state);
  assert.notEqual(state.glide, null);
});

test("nothing moves before there is a board", () => {
  const state = createState();
  const before = state.view;
  view.pan(state, 5, 5);
  view.zoomNow(state, 2, [0, 0]);
  view.zoomStep(state, 2, null, 0);
  view.fling(state, 1, 1, 0);
  view.fitBoard(state, 0);
  assert.equal(state.view, before);
});
