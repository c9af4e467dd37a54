/*
 * Moving the camera.
 *
 * Owns `view`, `glide`, `viewport`, `insets`, `fitted` and `destination` of the state. Every move ends in the
 * same clamp, so the board can never be lost. Refuses to know which device asked for the move, and to draw.
 */

import { between, centerOn, clamp, fit, scaleLimits, translate, zoomAt } from "../pure/transform.js";
import { freeArea } from "../state/derived.js";
import { changed } from "../state/state.js";

const GLIDE_MS = 320;
const FLING_MS = 650;
/** A fling rolls as far as its speed would carry it in this time. */
const FLING_REACH_MS = 220;
/** The panel about the selected cell stands at the bottom of the free part. CSS px. */
const CELL_PANEL = 64;
/** Scale at which a cell is a comfortable target. */
export const CLOSE_SCALE = 20;
/** Below this scale a press on the board comes closer instead of guessing at a cell for good. */
export const FAR_SCALE = 7;

export function resize(state, viewport) {
  state.viewport = viewport;
  refit(state);
  changed(state);
}

export function setInsets(state, insets) {
  const same = Object.keys(insets).every((side) => insets[side] === state.insets[side]);
  if (same) return;
  state.insets = insets;
  refit(state);
  changed(state);
}

export function setReducedMotion(state, reduced) {
  state.reducedMotion = reduced;
  changed(state);
}

/** After the window, the panels or the board changed size. Does not announce: its callers do. */
export function refit(state) {
  const { board, destination, viewport } = state;
  if (board === null || viewport.width === 0) return;
  state.glide = null;
  if (destination !== null) {
    state.view = clamped(state, placeView(state, destination));
    if (destination.x < board.width && destination.y < board.height) {
      state.selected = { x: destination.x, y: destination.y };
    }
    state.fitted = false;
    state.destination = null;
  } else {
    state.view = state.fitted ? fit(board, freeArea(state)) : clamped(state, state.view);
  }
}

export function pan(state, dx, dy) {
  if (state.board === null) return;
  moveTo(state, translate(state.view, dx, dy));
}

/** Zooms at once, for wheels and fingers that deliver many small steps. */
export function zoomNow(state, factor, point) {
  if (state.board === null) return;
  moveTo(state, zoomAt(state.view, factor, point, limits(state)));
}

/** Zooms gently, for keys, buttons and coarse wheels; steps add up while the camera still moves. */
export function zoomStep(state, factor, point, now, duration = 180) {
  if (state.board === null) return;
  const from = state.glide?.to ?? state.view;
  glideTo(state, zoomAt(from, factor, point ?? middle(state), limits(state)), now, duration);
}

/** Two fingers: what lay between them before lies between them after. */
export function pinch(state, before, after, factor) {
  if (state.board === null) return;
  const moved = translate(state.view, after[0] - before[0], after[1] - before[1]);
  moveTo(state, zoomAt(moved, factor, after, limits(state)));
}

/** The finger let go while moving, at a speed in CSS px per ms. */
export function fling(state, vx, vy, now) {
  if (state.board === null || state.reducedMotion) return;
  glideTo(state, translate(state.view, vx * FLING_REACH_MS, vy * FLING_REACH_MS), now, FLING_MS, "fling");
}

/** A finger on a rolling board stops it. */
export function stopFling(state) {
  if (state.glide?.kind === "fling") state.glide = null;
}

export function fitBoard(state, now) {
  if (state.board === null) return;
  glideTo(state, fit(state.board, freeArea(state)), now);
  state.fitted = true;
}

/** Goes to the place of a link: {x, y, z}. */
export function openPlace(state, place, now) {
  state.destination = place;
  if (state.board === null || state.viewport.width === 0) return;
  const from = state.view;
  refit(state);
  const to = state.view;
  state.view = from;
  glideTo(state, to, now);
}

/** Comes closer to a point of the window, which stays where it is. */
export function approach(state, point, now) {
  glideTo(state, zoomAt(state.view, CLOSE_SCALE / state.view.k, point, limits(state)), now);
}

/** Moves just as far as needed for a cell to be in the free part of the window. */
export function reveal(state, { x, y }, now) {
  const free = freeArea(state);
  const view = state.glide?.to ?? state.view;
  if (view.k < FAR_SCALE) {
    glideTo(state, placeView(state, { x, y, z: CLOSE_SCALE }), now);
    return;
  }
  const margin = Math.min(view.k * 2, free.width / 4, free.height / 4);
  const left = x * view.k + view.x;
  const top = y * view.k + view.y;
  const dx = shift(left, left + view.k, free.left + margin, free.left + free.width - margin);
  const dy = shift(top, top + view.k, free.top + margin, free.top + free.height - margin - Math.min(CELL_PANEL, free.height / 4));
  if (dx !== 0 || dy !== 0) glideTo(state, translate(view, dx, dy), now, 140);
}

/** One step of a camera move; called once a frame. */
export function advance(state, now) {
  const { glide } = state;
  if (glide === null) return;
  const p = Math.min(1, Math.max(0, (now - glide.start) / glide.duration));
  state.view = between(glide.from, glide.to, 1 - (1 - p) ** 3);
  if (p >= 1) state.glide = null;
  changed(state);
}

function moveTo(state, view) {
  state.glide = null;
  state.fitted = false;
  state.view = clamped(state, view);
  changed(state);
}

function glideTo(state, target, now, duration = GLIDE_MS, kind = "zoom") {
  const to = clamped(state, target);
  state.fitted = false;
  if (state.reducedMotion) {
    state.glide = null;
    state.view = to;
  } else {
    state.glide = { kind, from: state.view, to, start: now, duration };
  }
  changed(state);
}

function placeView(state, { x, y, z }) {
  return centerOn([x + 0.5, y + 0.5], z, freeArea(state));
}

function clamped(state, view) {
  return clamp(view, state.board, freeArea(state), limits(state));
}

function limits(state) {
  return scaleLimits(state.board, freeArea(state));
}

function middle(state) {
  const free = freeArea(state);
  return [free.left + free.width / 2, free.top + free.height / 2];
}

function shift(low, high, min, max) {
  if (low < min) return min - low;
  return high > max ? max - high : 0;
}
