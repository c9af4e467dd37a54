import assert from "node:assert/strict";
import { test } from "node:test";
import * as clock from "../../static/js/pure/clock.js";

const HOUR = 3_600_000;

test("one stamp tells the server's time within the round trip", () => {
  const known = clock.measure(1_000_000, 400, 500);
  assert.ok(Math.abs(clock.toServer(known, 500) - 1_000_050) <= 50);
});

test("a second stamp narrows what the first one told", () => {
  const wide = clock.measure(1_000_000, 0, 100, 1000);
  const known = clock.refine(wide, clock.measure(1_000_250, 200, 210));
  assert.ok(known.high - known.low <= 10);
});

test("there and back is the same time", () => {
  const known = clock.measure(5_000, 10, 20);
  assert.equal(clock.toLocal(known, clock.toServer(known, 1234)), 1234);
});

test("any stamp beats a guess, be the guess hours wrong", () => {
  const guessed = clock.guess(1_000_000 + 5 * HOUR, 0);
  const known = clock.correct(guessed, clock.measure(1_000_000, 0, 10));
  assert.ok(Math.abs(clock.toServer(known, 0) - 1_000_000) <= 10);
});

test("after a sleep the newer stamp holds", () => {
  const before = clock.measure(1_000_000, 0, 10);
  const after = clock.measure(1_000_000 + HOUR, 20, 30);
  assert.deepEqual(clock.correct(before, after), after);
});

test("an assumption that contradicts a stamp is dropped", () => {
  const stamped = clock.measure(1_000_000, 0, 10);
  assert.equal(clock.refine(stamped, clock.measure(2_000_000, 20, 30)), stamped);
});

test("without any stamp there is no time", () => {
  assert.equal(clock.toLocal(clock.unknown, 5), null);
  assert.equal(clock.toServer(clock.unknown, 5), null);
});
