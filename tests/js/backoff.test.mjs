import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSE, afterClose, delay } from "../../static/js/pure/backoff.js";

test("the ceiling doubles from half a second to thirty", () => {
  assert.deepEqual([0, 1, 2, 5, 6, 60].map((n) => delay(n, 1)), [500, 1000, 2000, 16000, 30000, 30000]);
});

test("jitter is full, and never nothing", () => {
  assert.equal(delay(6, 0.5), 15000);
  assert.equal(delay(6, 0), 100);
});

test("a restart spreads the return over five seconds", () => {
  assert.deepEqual([0, 0.5, 1].map((r) => afterClose(CLOSE.GOING_AWAY, 9, r).delay), [0, 2500, 5000]);
});

test("too slow comes back at once, but not forever", () => {
  assert.equal(afterClose(CLOSE.TOO_SLOW, 0, 0.5).delay, 0);
  assert.ok(afterClose(CLOSE.TOO_SLOW, 3, 0.5).delay > 0);
});

test("full waits longer than a broken connection", () => {
  for (const attempt of [0, 3, 9]) {
    assert.ok(afterClose(CLOSE.FULL, attempt, 0).delay >= 5000);
    assert.ok(afterClose(CLOSE.FULL, attempt, 1).delay > afterClose(1006, attempt, 1).delay);
  }
});

for (const name of ["BANNED", "NO_SUCH_BOARD", "KICKED", "PROTOCOL_VIOLATION"]) {
  test(`${name} is the end, and says so`, () => {
    const { retry, reason } = afterClose(CLOSE[name], 0, 0.5);
    assert.equal(retry, false);
    assert.match(reason, /\.$/);
  });
}

test("any other close is retried", () => {
  for (const code of [1000, 1001, 1006, 1011, 4999]) assert.equal(afterClose(code, 0, 0.5).retry, true);
});
