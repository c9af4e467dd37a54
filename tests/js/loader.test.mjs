import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { opened } from "../../static/js/actions/connection.js";
import { greeted, receiveDelta } from "../../static/js/actions/sync.js";
import { createLoader } from "../../static/js/entrance/loader.js";
import { connectionState } from "../../static/js/state/derived.js";
import { WISH, createState } from "../../static/js/state/state.js";
import { delta, hello, snapshot } from "./help.mjs";

mock.method(console, "warn", () => {});

function begun({ seq = 10, ...http }) {
  const state = createState();
  opened(state);
  greeted(state, hello({ seq }), { since: null });
  const asked = [];
  const watched = {
    snapshot: async (options) => (asked.push(options.fresh ? "fresh snapshot" : "snapshot"), http.snapshot(asked.length)),
    updates: async (since) => (asked.push(`updates since ${since}`), http.updates(since)),
  };
  const loader = createLoader(state, { http: watched, pause: async () => {}, random: () => 0 });
  return { state, loader, asked };
}

const update = (seq) => ({ seq, x: 0, y: 0, color: 1 });

test("a snapshot that is new enough is all it takes", async () => {
  const { state, loader, asked } = begun({ snapshot: () => snapshot({ seq: 10 }) });
  assert.equal(await loader.load(), WISH.NOTHING);
  assert.deepEqual(asked, ["snapshot"]);
  assert.equal(connectionState(state), "live");
});

test("pages of updates are fetched until the socket is reached", async () => {
  const { state, loader, asked } = begun({
    snapshot: () => snapshot({ seq: 6 }),
    updates: (since) => [update(since + 1), update(since + 2)],
  });
  await loader.load();
  assert.deepEqual(asked, ["snapshot", "updates since 6", "updates since 8"]);
  assert.equal(state.cells.seq, 10);
});

test("a failure is tried again, past the cache", async () => {
  const { loader, asked, state } = begun({
    snapshot: (n) => {
      if (n < 3) throw new Error("down");
      return snapshot({ seq: 10 });
    },
  });
  await loader.load();
  assert.deepEqual(asked, ["snapshot", "fresh snapshot", "fresh snapshot"]);
  assert.equal(connectionState(state), "live");
});

test("an empty page of updates starts over", async () => {
  const { loader, asked } = begun({
    snapshot: (n) => snapshot({ seq: n < 2 ? 6 : 10 }),
    updates: () => [],
  });
  await loader.load();
  assert.deepEqual(asked, ["snapshot", "updates since 6", "fresh snapshot"]);
});

test("a cached snapshot of an older revision is fetched again", async () => {
  const { loader, asked } = begun({ snapshot: (n) => snapshot({ seq: 10, revision: n < 2 ? 0 : 1 }) });
  await loader.load();
  assert.deepEqual(asked, ["snapshot", "fresh snapshot"]);
});

test("a load that a newer one overtook changes nothing", async () => {
  const answers = [];
  const { state, loader } = begun({ snapshot: () => new Promise((resolve) => answers.push(resolve)) });
  const first = loader.load();
  const second = loader.load();
  answers[1](snapshot({ seq: 11 }));
  await second;
  answers[0](snapshot({ seq: 3 }));
  assert.equal(await first, WISH.NOTHING);
  assert.equal(state.cells.seq, 11);
});

test("a cancelled load changes nothing", async () => {
  let answer;
  const { state, loader } = begun({ snapshot: () => new Promise((resolve) => (answer = resolve)) });
  const load = loader.load();
  loader.cancel();
  answer(snapshot({ seq: 10 }));
  assert.equal(await load, WISH.NOTHING);
  assert.equal(state.cells, null);
});

test("a hole behind the snapshot wishes for a reconnect", async () => {
  const { state, loader } = begun({ snapshot: () => snapshot({ seq: 10 }) });
  receiveDelta(state, delta(12, [[0, 0, 1]]));
  assert.equal(await loader.load(), WISH.RECONNECT);
});
