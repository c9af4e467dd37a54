/*
 * The one state object of the page, a sentence for each field.
 *
 * Owns the shape and the news that something changed. Refuses to change anything itself: only actions/ writes
 * here, entrance/ and exit/ read. "Local ms" are milliseconds of performance.now(), which no wall clock can
 * turn back; "CSS px" are CSS pixels of the window.
 */

import * as clock from "../pure/clock.js";
import { identity } from "../pure/transform.js";

/** What one must do for a board that cannot go on by itself; actions answer with one of these. */
export const WISH = Object.freeze({ NOTHING: "nothing", SNAPSHOT: "snapshot", RECONNECT: "reconnect" });

/** Where the board's data stands. */
export const PHASE = Object.freeze({
  EMPTY: "empty", // nothing asked for yet
  FETCHING: "fetching", // a snapshot is under way; deltas are held meanwhile
  STREAMING: "streaming", // each delta is applied as it comes
});

export const PENDING = Object.freeze({
  WAITING: "waiting", // no answer yet
  CONFIRMED: "confirmed", // durable; its delta is still on the way
});

export function defaults() {
  return {
    /** The board's address name, from the page. */
    slug: "",
    /** What the server last said of the board: {slug, title, width, height, palette: [{name, hex}], cooldown (s), state, revision}; null before the first hello. */
    board: null,
    /** The cells at a seq, a pure/board.js Board; null before the first snapshot. */
    cells: null,
    /** Who we are: {id, name}; null for a spectator. */
    player: null,
    /** How many are online, as the server counts; null before the first hello. */
    online: null,

    sync: {
      /** One of PHASE. */
      phase: PHASE.EMPTY,
      /** Deltas of this socket go on from base + 1; below it only the updates API can fill. */
      base: 0,
      /** The highest seq that we know to exist. */
      head: 0,
      /** Deltas that wait for the snapshot, in the order in which they came. */
      held: [],
      /** Pixels in `held`; bounded, see actions/sync.js. */
      heldPixels: 0,
      /** False after a checksum that differs: then the cells are a picture, but no base for `since`. */
      trusted: false,
      /** Where the last gap was found; a second one at the same seq must not spin. */
      lastGap: null,
    },

    connection: {
      /** Whether a socket is open and has said hello. */
      open: false,
      /** The number of the socket, rising: a placement remembers on which one it was sent. */
      number: 0,
      /** Failures in a row; a live board sets it back. */
      attempt: 0,
      /** What the browser thinks of its network. */
      online: true,
      /** Local ms of the next try; null when none is planned. */
      retryAt: null,
      /** A sentence when there is more to say than the state's name. */
      reason: null,
      /** True when trying again is of no use: banned, no such board. */
      stopped: false,
      /** True from the first time that the board was live. */
      wasLive: false,
    },

    /** Server time against local time, a value of pure/clock.js. */
    clock: clock.unknown,

    cooldown: {
      /** Local ms at which the next pixel may be placed; null when no wait is known. */
      readyAt: null,
      /** The whole length of this wait in ms, for the ring. */
      total: 0,
    },

    /** The index of the chosen colour; null before the first choice. */
    color: null,
    /** The cell under the mouse, {x, y}; null beside the board and on touch screens. */
    hover: null,
    /** The cell cursor: what Place will paint, {x, y}; null when nothing is selected. */
    selected: null,
    /** The unanswered placement: {id, x, y, color, status, seq, sentOn, repeated, at}; one at a time. */
    pending: null,
    /** Our last pixel that became durable, {x, y, color, seq}, for the small feast; null before. */
    landed: null,
    /** What the server told of the selected cell: {x, y, status: "loading" | "known" | "failed", stale, pixel}. */
    inspected: null,

    /** The camera, a value of pure/transform.js. */
    view: identity,
    /** A camera move under way: {kind: "zoom" | "fling", from, to, start, duration}; null when the camera rests. */
    glide: null,
    /** The window in CSS px, and device pixels per CSS pixel. */
    viewport: { width: 0, height: 0, ratio: 1 },
    /** How much of each side the panels cover, CSS px. */
    insets: { top: 0, right: 0, bottom: 0, left: 0 },
    /** The place that a link asked for, {x, y, z}, until the board is there; null when none. */
    destination: null,
    /** True until the player moves the camera: as long, the board stays fitted to the window. */
    fitted: true,
    /** Whether the pixel grid shows when close. */
    grid: true,
    /** Whether to move things gently or at once. */
    reducedMotion: false,

    /** Cells that the picture still lacks: "all", or a list of indexes; exit/ takes it once a frame. */
    repaint: "all",

    /** The passing message: {text, tone: "good" | "bad" | "plain", serial, until (local ms)}; null when there is none. */
    toast: null,
    /** A moderator's announcement that stays until dismissed: {level, text}. */
    notice: null,
    /** The last sentence for screen readers: {text, serial}; the serial tells a repeated sentence from an old one. */
    announcement: { text: "", serial: 0 },
    /** Whether the first-visit hint shows. */
    hint: false,
    /** Whether the help dialog is open. */
    help: false,
  };
}

const listeners = new WeakMap();

export function createState(overrides = {}) {
  const state = Object.seal({ ...defaults(), ...overrides });
  listeners.set(state, []);
  return state;
}

/** Calls the listener after each action. It must not write to the state. */
export function subscribe(state, listener) {
  listeners.get(state).push(listener);
}

/** Said by every action when it has changed something. */
export function changed(state) {
  for (const listener of listeners.get(state) ?? []) listener(state);
}
