/*
 * Keeping the board the same as the server's: hello, snapshot, deltas, checksums.
 *
 * Owns `board`, `cells`, `sync` and `online` of the state. Refuses to fetch and to connect: where the board
 * cannot go on by itself, an action answers with a WISH and the entrance fulfils it. So all of the protocol's
 * hard cases are tested without a network.
 */

import { APPLIED, Board, GAP, INVALID } from "../pure/board.js";
import { deltasFromUpdates } from "../pure/wire.js";
import { CONNECTION, connectionState } from "../state/derived.js";
import { PHASE, WISH, changed } from "../state/state.js";
import { settlePending } from "./place.js";
import { refit } from "./view.js";

/**
 * Pixels that may wait for a snapshot: about a minute of the busiest board. Past it the held deltas are thrown
 * away and the socket is opened again, because what waits longer than that will not be continued anyway.
 */
export const HELD_PIXELS_MAX = 200_000;

const REPAINT_MAX = 50_000;

/** What to send as `since` on the next socket, or null to begin anew. */
export function sinceForReconnect({ cells, sync }) {
  return cells !== null && sync.trusted ? cells.seq : null;
}

/** The first message of a socket that was opened with `since` (null: without). */
export function greeted(state, hello, { since }) {
  const { sync } = state;
  sync.held = [];
  sync.heldPixels = 0;
  sync.base = since ?? hello.seq;
  sync.head = hello.seq;
  state.online = hello.online ?? null;
  takeBoard(state, hello.board);
  const wish = since === null || !fits(state) ? wantSnapshot(state) : streamOn(state);
  changed(state);
  return wish;
}

export function receiveDelta(state, delta) {
  const { sync } = state;
  sync.head = Math.max(sync.head, delta.firstSeq + delta.count - 1);
  if (sync.phase !== PHASE.STREAMING) return hold(state, delta);
  const wish = applyDelta(state, delta);
  changed(state);
  return wish;
}

/** The server's checksum at a seq that we have reached; where it is not, something on the way was lost. */
export function receiveHeartbeat(state, heartbeat) {
  const { cells, sync } = state;
  if (sync.phase !== PHASE.STREAMING) return WISH.NOTHING;
  if (heartbeat.seq > cells.seq) return gapFound(state);
  // A snapshot may have carried us past it; then the next heartbeat will tell.
  if (heartbeat.seq < cells.seq) return WISH.NOTHING;
  if (heartbeat.crc32 === cells.checksum()) {
    state.connection.attempt = 0;
    return WISH.NOTHING;
  }
  sync.trusted = false;
  sync.base = cells.seq;
  return wantSnapshot(state);
}

export function receiveResync(state, { seq }) {
  const { sync } = state;
  sync.base = seq;
  sync.head = seq;
  sync.held = [];
  sync.heldPixels = 0;
  sync.trusted = false;
  return wantSnapshot(state);
}

/** New settings. Where the size changed, the cells that we hold are another board's. */
export function receiveBoard(state, board) {
  takeBoard(state, board);
  if (!fits(state) && state.sync.phase === PHASE.STREAMING) {
    state.sync.trusted = false;
    state.sync.base = state.cells.seq;
    return wantSnapshot(state);
  }
  changed(state);
  return WISH.NOTHING;
}

export function receiveOnline(state, count) {
  if (state.online === count) return;
  state.online = count;
  changed(state);
}

/**
 * A snapshot came.
 * @returns {boolean} false when it is of an older revision than the board: a cache answered, fetch it again
 */
export function adoptSnapshot(state, snapshot) {
  const { board } = state;
  if (snapshot.revision < board.revision) return false;
  if (snapshot.width !== board.width || snapshot.height !== board.height) {
    // Newer than what we were told; the `board` message is on its way. Of the same revision it would be a lie.
    if (snapshot.revision === board.revision) return false;
    state.board = { ...board, width: snapshot.width, height: snapshot.height, revision: snapshot.revision };
  }
  const first = state.cells === null;
  const resized = !first && (state.cells.width !== snapshot.width || state.cells.height !== snapshot.height);
  state.cells = new Board(snapshot);
  state.sync.trusted = true;
  state.sync.head = Math.max(state.sync.head, snapshot.seq);
  state.repaint = "all";
  if (first || resized) {
    dropOutsiders(state);
    refit(state);
  }
  settlePending(state);
  changed(state);
  return true;
}

/** Whether updates below the socket's base are missing, which only the updates API has. */
export function lacksUpdates({ cells, sync }) {
  return cells.seq < sync.base;
}

/**
 * A page of the updates API.
 * @returns {boolean} false when it does not continue what we have: start over with a snapshot
 */
export function adoptUpdates(state, updates) {
  for (const delta of deltasFromUpdates(updates)) {
    const { outcome, changed: cells } = state.cells.apply(delta);
    if (outcome === GAP || outcome === INVALID) return false;
    markForRepaint(state, cells);
  }
  settlePending(state);
  changed(state);
  return true;
}

/** Snapshot and fill are in: what waited is applied, and from now on deltas go straight in. */
export function release(state) {
  const { sync } = state;
  const held = sync.held;
  sync.held = [];
  sync.heldPixels = 0;
  sync.phase = PHASE.STREAMING;
  for (const delta of held) {
    const wish = applyDelta(state, delta);
    if (wish !== WISH.NOTHING) return wish;
  }
  settlePending(state);
  becameCurrent(state);
  changed(state);
  return WISH.NOTHING;
}

/** The picture takes what it lacks; from here on it is up to date. */
export function takeRepaint(state) {
  const repaint = state.repaint;
  state.repaint = [];
  return repaint;
}

function applyDelta(state, delta) {
  const { outcome, changed: cells } = state.cells.apply(delta);
  if (outcome === GAP) return gapFound(state);
  if (outcome === INVALID) {
    state.sync.trusted = false;
    state.sync.base = state.sync.head;
    return wantSnapshot(state);
  }
  if (outcome === APPLIED) {
    markForRepaint(state, cells);
    settlePending(state);
    becameCurrent(state);
    // Only progress clears the record: a connection that opens and breaks again and again must slow down.
    state.connection.attempt = 0;
  }
  return WISH.NOTHING;
}

function gapFound(state) {
  const { sync, cells } = state;
  // Twice at the same place: `since` does not help here, so begin anew.
  if (sync.lastGap === cells.seq) sync.trusted = false;
  sync.lastGap = cells.seq;
  changed(state);
  return WISH.RECONNECT;
}

function hold(state, delta) {
  const { sync } = state;
  sync.held.push(delta);
  sync.heldPixels += delta.count;
  if (sync.heldPixels <= HELD_PIXELS_MAX) return WISH.NOTHING;
  sync.held = [];
  sync.heldPixels = 0;
  return WISH.RECONNECT;
}

function wantSnapshot(state) {
  state.sync.phase = PHASE.FETCHING;
  changed(state);
  return WISH.SNAPSHOT;
}

function streamOn(state) {
  state.sync.phase = PHASE.STREAMING;
  becameCurrent(state);
  return WISH.NOTHING;
}

function becameCurrent(state) {
  if (connectionState(state) !== CONNECTION.LIVE) return;
  state.connection.wasLive = true;
}

function takeBoard(state, board) {
  const before = state.board;
  state.board = board;
  if (before !== null && before.palette.length === board.palette.length) {
    const same = before.palette.every((color, i) => color.hex === board.palette[i].hex);
    if (!same) state.repaint = "all";
  } else {
    state.repaint = "all";
  }
  if (state.color !== null && state.color >= board.palette.length) state.color = null;
  dropOutsiders(state);
  // Before the first cells there is nothing to look at, but the camera may already take its place.
  if (before === null || before.width !== board.width || before.height !== board.height) refit(state);
}

/** After a resize, what pointed outside points nowhere. */
function dropOutsiders(state) {
  const outside = (cell) => cell !== null && (cell.x >= state.board.width || cell.y >= state.board.height);
  if (outside(state.selected)) state.selected = null;
  if (outside(state.hover)) state.hover = null;
}

function fits({ cells, board }) {
  return cells !== null && cells.width === board.width && cells.height === board.height;
}

function markForRepaint(state, indexes) {
  if (state.repaint !== "all") {
    for (const index of indexes) state.repaint.push(index);
    // A hidden tab draws nothing for hours; then painting everything is cheaper than the list.
    if (state.repaint.length > REPAINT_MAX) state.repaint = "all";
  }
  const { inspected, cells } = state;
  if (inspected !== null && indexes.includes(inspected.y * cells.width + inspected.x)) {
    state.inspected = { ...inspected, stale: true };
  }
}
