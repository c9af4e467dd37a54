import assert from "node:assert/strict";
import { test } from "node:test";
import { lost, opened } from "../../static/js/actions/connection.js";
import * as placing from "../../static/js/actions/place.js";
import { receiveDelta } from "../../static/js/actions/sync.js";
import { guess, measure } from "../../static/js/pure/clock.js";
import { whyNot } from "../../static/js/state/derived.js";
import { PENDING } from "../../static/js/state/state.js";
import { delta, live } from "./help.mjs";

const HOUR = 3_600_000;
const SERVER_NOW = Date.parse("2030-01-01T12:00:00.000Z");

function ready() {
  const state = live({ seq: 10 });
  placing.clockMeasured(state, measure(SERVER_NOW, 0, 0));
  placing.chooseColor(state, 2);
  state.selected = { x: 1, y: 2 };
  return state;
}

function ask(state, { now = 0, id = "a" } = {}) {
  assert.equal(placing.place(state, { now, id }), true);
  placing.sent(state, now);
}

function answer({ id = "a", seq = 11, at = SERVER_NOW } = {}) {
  return { type: "placed", id, seq, x: 1, y: 2, color: 2, ready_at: new Date(at + 300_000).toISOString() };
}

test("a placement is pending and leaves the board alone", () => {
  const state = ready();
  ask(state);
  assert.deepEqual([state.pending.x, state.pending.y, state.pending.color], [1, 2, 2]);
  assert.equal(state.cells.colorAt(1, 2), 0);
});

test("there is one placement at a time", () => {
  const state = ready();
  ask(state);
  assert.equal(placing.place(state, { now: 0, id: "b" }), false);
  assert.equal(state.pending.id, "a");
});

test("the ghost stays until the pixel itself arrives", () => {
  const state = ready();
  ask(state);
  placing.placed(state, answer(), 50);
  assert.equal(state.pending.status, PENDING.CONFIRMED);
  receiveDelta(state, delta(11, [[1, 2, 2]]));
  assert.equal(state.pending, null);
});

test("the pixel may arrive before the answer", () => {
  const state = ready();
  ask(state);
  receiveDelta(state, delta(11, [[1, 2, 2]]));
  assert.notEqual(state.pending, null);
  placing.placed(state, answer(), 50);
  assert.equal(state.pending, null);
});

test("a refusal takes the ghost away and says why", () => {
  const state = ready();
  ask(state);
  placing.refused(state, { id: "a", code: "cooldown", message: "Too early.", wait: 12.5, ready_at: null }, 100);
  assert.equal(state.pending, null);
  assert.equal(state.toast.text, "Too early.");
  assert.equal(state.announcement.text, "Too early.");
  assert.equal(state.cooldown.readyAt, 12_600);
});

test("a refusal of something else leaves the pending placement alone", () => {
  const state = ready();
  ask(state);
  placing.refused(state, { id: "other", code: "busy", message: "Busy." }, 100);
  assert.equal(state.pending.id, "a");
});

test("an unanswered placement is sent again on the next socket, under the same id", () => {
  const state = ready();
  ask(state);
  assert.equal(placing.unsent(state), null);
  lost(state, { retryAt: 0, reason: null });
  assert.equal(placing.unsent(state), null);
  opened(state);
  assert.equal(placing.unsent(state).id, "a");
});

test("an answered placement is not sent again", () => {
  const state = ready();
  ask(state);
  placing.placed(state, answer(), 50);
  opened(state);
  assert.equal(placing.unsent(state), null);
});

test("a placement without an answer is overdue at some time", () => {
  const state = ready();
  ask(state);
  assert.equal(placing.overdue(state, 1000), false);
  assert.equal(placing.overdue(state, 60_000), true);
});

test("the cooldown is right though this device's clock is hours wrong", () => {
  for (const wrong of [-5 * HOUR, 0, 5 * HOUR]) {
    const state = ready();
    state.clock = guess(SERVER_NOW + wrong, 0);
    ask(state, { now: 1000 });
    placing.placed(state, answer({ at: SERVER_NOW + 1020 }), 1040);
    const left = state.cooldown.readyAt - 1040;
    assert.ok(Math.abs(left - 300_000) <= 40, `${wrong}: ${left}`);
  }
});

test("the answer to a repeated question does not set the clock", () => {
  const state = ready();
  ask(state, { now: 0 });
  opened(state);
  placing.sent(state, 60_000);
  placing.placed(state, answer({ at: SERVER_NOW }), 60_010);
  assert.equal(state.cooldown.readyAt, 300_000);
});

test("with a guessed clock no wait is longer than the board's", () => {
  const state = ready();
  state.clock = guess(SERVER_NOW - 5 * HOUR, 0);
  placing.recognised(state, { id: "7", name: "Fox", ready_at: new Date(SERVER_NOW + 10_000).toISOString() }, 0);
  assert.equal(state.cooldown.readyAt, 300_000);
});

test("the end of the wait is said once", () => {
  const state = ready();
  state.cooldown = { readyAt: 500, total: 1000 };
  placing.passTime(state, 400);
  assert.notEqual(state.announcement.text, "Your next pixel is ready.");
  placing.passTime(state, 500);
  assert.equal(state.announcement.text, "Your next pixel is ready.");
  const { serial } = state.announcement;
  placing.passTime(state, 600);
  assert.equal(state.announcement.serial, serial);
});

const OBSTACLES = [
  ["cooldown", (s) => (s.cooldown = { readyAt: 5000, total: 5000 })],
  ["no_color", (s) => (s.color = null)],
  ["no_cell", (s) => (s.selected = null)],
  ["unauthenticated", (s) => (s.player = null)],
  ["board_frozen", (s) => (s.board = { ...s.board, state: "frozen" })],
  ["board_closed", (s) => (s.board = { ...s.board, state: "closed" })],
  ["disconnected", (s) => lost(s, { retryAt: 0, reason: null })],
  ["loading", (s) => (s.cells = null)],
];

for (const [code, spoil] of OBSTACLES) {
  test(`nothing is sent, and a sentence says why: ${code}`, () => {
    const state = ready();
    spoil(state);
    assert.equal(whyNot(state, 0).code, code);
    assert.equal(placing.place(state, { now: 0, id: "a" }), false);
    assert.equal(state.pending, null);
    assert.match(state.toast.text, /\.$/);
  });
}

test("colours step around the end", () => {
  const state = ready();
  placing.stepColor(state, 1);
  assert.equal(state.color, 0);
  placing.stepColor(state, -1);
  assert.equal(state.color, 2);
});

test("a colour that does not exist is no colour", () => {
  const state = ready();
  placing.chooseColor(state, 99);
  assert.equal(state.color, null);
});

test("the dropper takes the colour of the cell", () => {
  const state = ready();
  receiveDelta(state, delta(11, [[1, 2, 1]]));
  placing.pickColor(state);
  assert.equal(state.color, 1);
});
