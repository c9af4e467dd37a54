import assert from "node:assert/strict";
import { test } from "node:test";
import * as sync from "../../static/js/actions/sync.js";
import { lost, opened } from "../../static/js/actions/connection.js";
import { connectionState } from "../../static/js/state/derived.js";
import { PHASE, WISH, createState } from "../../static/js/state/state.js";
import { boardMessage, delta, hello, live, snapshot } from "./help.mjs";

function greeted({ seq, since = null, state = createState() }) {
  opened(state);
  return { state, wish: sync.greeted(state, hello({ seq }), { since }) };
}

test("without a board in hand, hello wishes for a snapshot", () => {
  const { state, wish } = greeted({ seq: 10 });
  assert.equal(wish, WISH.SNAPSHOT);
  assert.equal(connectionState(state), "behind");
});

test("deltas that come meanwhile are held, and applied past the snapshot", () => {
  const { state } = greeted({ seq: 10 });
  assert.equal(sync.receiveDelta(state, delta(11, [[0, 0, 1]])), WISH.NOTHING);
  sync.receiveDelta(state, delta(12, [[1, 0, 2]]));
  assert.ok(sync.adoptSnapshot(state, snapshot({ seq: 11, paint: [[0, 0, 1]] })));
  assert.equal(sync.lacksUpdates(state), false);
  assert.equal(sync.release(state), WISH.NOTHING);
  assert.equal(state.cells.seq, 12);
  assert.equal(state.cells.colorAt(1, 0), 2);
  assert.equal(connectionState(state), "live");
});

test("a snapshot older than the socket is filled from the updates", () => {
  const { state } = greeted({ seq: 10 });
  sync.receiveDelta(state, delta(11, [[3, 3, 1]]));
  sync.adoptSnapshot(state, snapshot({ seq: 8 }));
  assert.equal(sync.lacksUpdates(state), true);
  assert.ok(sync.adoptUpdates(state, [9, 10].map((seq) => ({ seq, x: 0, y: 0, color: 1 }))));
  assert.equal(sync.lacksUpdates(state), false);
  sync.release(state);
  assert.equal(state.cells.seq, 11);
});

test("updates with a hole are not taken", () => {
  const { state } = greeted({ seq: 10 });
  sync.adoptSnapshot(state, snapshot({ seq: 8 }));
  assert.equal(sync.adoptUpdates(state, [{ seq: 10, x: 0, y: 0, color: 1 }]), false);
});

test("held deltas with a hole wish for a reconnect", () => {
  const { state } = greeted({ seq: 10 });
  sync.receiveDelta(state, delta(13, [[3, 3, 1]]));
  sync.adoptSnapshot(state, snapshot({ seq: 10 }));
  assert.equal(sync.release(state), WISH.RECONNECT);
  assert.equal(sync.sinceForReconnect(state), 10);
});

test("too many held pixels are let go", () => {
  const { state } = greeted({ seq: 10 });
  const many = Array.from({ length: 60_000 }, () => [0, 0, 1]);
  const wishes = [0, 1, 2, 3].map((i) => sync.receiveDelta(state, delta(11 + i * 60_000, many)));
  assert.deepEqual(wishes, [WISH.NOTHING, WISH.NOTHING, WISH.NOTHING, WISH.RECONNECT]);
  assert.equal(state.sync.held.length, 0);
});

test("live deltas go straight in, and say what to paint", () => {
  const state = live({ seq: 10 });
  sync.takeRepaint(state);
  sync.receiveDelta(state, delta(11, [[1, 1, 2]]));
  assert.deepEqual(sync.takeRepaint(state), [5]);
  assert.deepEqual(sync.takeRepaint(state), []);
});

test("a hidden page does not collect a list without end", () => {
  const state = live({ seq: 10 });
  sync.takeRepaint(state);
  sync.receiveDelta(state, delta(11, Array.from({ length: 60_000 }, () => [0, 0, 1])));
  assert.equal(state.repaint, "all");
});

test("a gap is not live, and asks again from where we are", () => {
  const state = live({ seq: 10 });
  assert.equal(sync.receiveDelta(state, delta(15, [[0, 0, 1]])), WISH.RECONNECT);
  assert.equal(connectionState(state), "behind");
  assert.equal(sync.sinceForReconnect(state), 10);
});

test("the same gap twice begins anew", () => {
  const state = live({ seq: 10 });
  sync.receiveDelta(state, delta(15, [[0, 0, 1]]));
  sync.greeted(state, hello({ seq: 15 }), { since: 10 });
  sync.receiveDelta(state, delta(15, [[0, 0, 1]]));
  assert.equal(sync.sinceForReconnect(state), null);
});

test("after a reconnect we are behind until the head is reached", () => {
  const state = live({ seq: 10 });
  lost(state, { retryAt: 0, reason: null });
  opened(state);
  assert.equal(sync.greeted(state, hello({ seq: 12 }), { since: 10 }), WISH.NOTHING);
  assert.equal(connectionState(state), "behind");
  sync.receiveDelta(state, delta(11, [[0, 0, 1], [0, 1, 1]]));
  assert.equal(connectionState(state), "live");
});

test("a heartbeat that agrees changes nothing", () => {
  const state = live({ seq: 10 });
  assert.equal(sync.receiveHeartbeat(state, { seq: 10, crc32: state.cells.checksum() }), WISH.NOTHING);
  assert.equal(connectionState(state), "live");
});

test("a heartbeat that differs fetches the board again, and says so", () => {
  const state = live({ seq: 10 });
  assert.equal(sync.receiveHeartbeat(state, { seq: 10, crc32: 1 }), WISH.SNAPSHOT);
  assert.equal(connectionState(state), "behind");
  assert.equal(sync.sinceForReconnect(state), null);
  sync.receiveDelta(state, delta(11, [[2, 2, 1]]));
  sync.adoptSnapshot(state, snapshot({ seq: 9 }));
  assert.equal(sync.lacksUpdates(state), true);
  sync.adoptUpdates(state, [{ seq: 10, x: 0, y: 0, color: 2 }]);
  sync.release(state);
  assert.equal(state.cells.seq, 11);
  assert.equal(connectionState(state), "live");
});

test("a heartbeat of the past is passed over, one of the future is a gap", () => {
  const state = live({ seq: 10 });
  assert.equal(sync.receiveHeartbeat(state, { seq: 9, crc32: 1 }), WISH.NOTHING);
  assert.equal(sync.receiveHeartbeat(state, { seq: 11, crc32: 1 }), WISH.RECONNECT);
});

test("resync begins anew from its seq", () => {
  const state = live({ seq: 10 });
  assert.equal(sync.receiveResync(state, { seq: 20 }), WISH.SNAPSHOT);
  sync.receiveDelta(state, delta(21, [[0, 0, 2]]));
  sync.adoptSnapshot(state, snapshot({ seq: 20 }));
  sync.release(state);
  assert.equal(state.cells.seq, 21);
});

test("a snapshot of an older revision is a cache's answer and refused", () => {
  const state = live({ seq: 10 });
  sync.receiveBoard(state, boardMessage({ revision: 2 }));
  sync.receiveResync(state, { seq: 10 });
  assert.equal(sync.adoptSnapshot(state, snapshot({ seq: 10, revision: 1 })), false);
  assert.equal(sync.adoptSnapshot(state, snapshot({ seq: 10, revision: 2 })), true);
});

test("a board of another size needs another snapshot, whichever message comes first", () => {
  for (const order of ["board first", "resync first"]) {
    const state = live({ seq: 10 });
    const messages = [
      () => sync.receiveBoard(state, boardMessage({ width: 8, height: 6, revision: 2 })),
      () => sync.receiveResync(state, { seq: 10 }),
    ];
    if (order === "resync first") messages.reverse();
    assert.ok(messages.map((receive) => receive()).includes(WISH.SNAPSHOT));
    assert.equal(sync.adoptSnapshot(state, snapshot({ seq: 10 })), false, "the old size");
    assert.ok(sync.adoptSnapshot(state, snapshot({ seq: 10, width: 8, height: 6, revision: 2 })));
    sync.release(state);
    assert.equal(connectionState(state), "live");
  }
});

test("a snapshot newer than the settings we know brings its size along", () => {
  const state = live({ seq: 10 });
  sync.receiveResync(state, { seq: 10 });
  assert.ok(sync.adoptSnapshot(state, snapshot({ seq: 10, width: 8, height: 8, revision: 5 })));
  assert.equal(state.board.width, 8);
});

test("a pixel outside the board fetches the board again", () => {
  const state = live({ seq: 10 });
  assert.equal(sync.receiveDelta(state, delta(11, [[9, 9, 1]])), WISH.SNAPSHOT);
  assert.equal(state.sync.phase, PHASE.FETCHING);
});

test("new settings arrive while we look, and what they took away is let go", () => {
  const state = live({ seq: 10 });
  state.color = 2;
  state.selected = { x: 3, y: 3 };
  sync.receiveBoard(state, boardMessage({ palette: [{ name: "White", hex: "#ffffff" }], width: 2, height: 2, revision: 2 }));
  assert.equal(state.color, null);
  assert.equal(state.selected, null);
  assert.equal(state.repaint, "all");
});
