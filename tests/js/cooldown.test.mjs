import assert from "node:assert/strict";
import { test } from "node:test";
import { age, clockFace, progress, remaining, spoken, untilNextFace } from "../../static/js/pure/cooldown.js";

test("the wait runs out and stays out", () => {
  assert.equal(remaining(1000, 400), 600);
  assert.equal(remaining(1000, 2000), 0);
  assert.equal(remaining(null, 2000), 0);
});

test("0:00 never stands beside a closed gate", () => {
  assert.equal(clockFace(1), "0:01");
  assert.equal(clockFace(0), "0:00");
});

test("the clock face has minutes, and hours when needed", () => {
  assert.equal(clockFace(299_001), "5:00");
  assert.equal(clockFace(61_000), "1:01");
  assert.equal(clockFace(3_723_000), "1:02:03");
});

test("the ring fills from nothing to one", () => {
  assert.equal(progress(1000, 1000, 0), 0);
  assert.equal(progress(1000, 1000, 750), 0.75);
  assert.equal(progress(1000, 1000, 1500), 1);
  assert.equal(progress(null, 0, 0), 1);
});

test("a wait longer than expected does not turn the ring backwards", () => {
  assert.equal(progress(5000, 1000, 0), 0);
});

test("waits are spoken in words", () => {
  assert.equal(spoken(299_000), "4 minutes 59 seconds");
  assert.equal(spoken(61_000), "1 minute 1 second");
  assert.equal(spoken(0), "0 seconds");
});

test("the countdown wakes when its text changes", () => {
  assert.equal(untilNextFace(1500), 500);
  assert.equal(untilNextFace(2000), 1000);
});

test("ages are coarse", () => {
  assert.equal(age(-5000), "just now");
  assert.equal(age(59_000), "just now");
  assert.equal(age(60_000), "1 minute ago");
  assert.equal(age(7_300_000), "2 hours ago");
  assert.equal(age(200_000_000), "2 days ago");
});
