import assert from "node:assert/strict";
import { test } from "node:test";
import { uuid } from "../../static/js/pure/uuid.js";

const VERSION_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("a secure context has its own", () => {
  assert.match(uuid(), VERSION_4);
});

test("without a secure context the ids look the same and differ", () => {
  const poor = { getRandomValues: (bytes) => globalThis.crypto.getRandomValues(bytes) };
  assert.match(uuid(poor), VERSION_4);
  assert.notEqual(uuid(poor), uuid(poor));
});
