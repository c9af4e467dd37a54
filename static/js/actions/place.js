/*
 * Placing a pixel: choose, ask, and take the answer.
 *
 * Owns `color`, `pending`, `player`, `clock` and `cooldown` of the state. A pending pixel is a wish and never
 * touches the cells: it becomes a pixel when its delta comes, and vanishes when it is refused. Refuses to
 * send; the entrance sends what is pending, and sends it again under the same id on the next socket, because
 * the server answers a repeated id as it did the first time.
 */

import * as clock from "../pure/clock.js";
import { colorName } from "../pure/palette.js";
import { whyNot } from "../state/derived.js";
import { PENDING, changed } from "../state/state.js";
import { announce, tell } from "./say.js";

const ANSWER_MS = 12_000;

export function chooseColor(state, index) {
  const colors = state.board?.palette.length ?? 0;
  const color = index !== null && index >= 0 && index < colors ? index : null;
  if (color === state.color) return;
  state.color = color;
  if (color !== null) announce(state, `${colorName(state.board.palette, color)} chosen.`);
  else changed(state);
}

/** The next or previous colour, around the end. */
export function stepColor(state, step) {
  const colors = state.board?.palette.length ?? 0;
  if (colors === 0) return;
  const from = state.color ?? (step > 0 ? -1 : colors);
  chooseColor(state, (from + step + colors) % colors);
}

/** Takes the colour of the selected cell, or of the one under the mouse. */
export function pickColor(state) {
  const cell = state.hover ?? state.selected;
  if (cell !== null && state.cells !== null) chooseColor(state, state.cells.colorAt(cell.x, cell.y));
}

/**
 * Asks for a pixel in the selected cell. When that cannot be, says why.
 * @param {{now: number, id: string}} options id is the request id, a UUID
 * @returns {boolean} whether a placement is now pending
 */
export function place(state, { now, id }) {
  const obstacle = whyNot(state, now);
  if (obstacle !== null) {
    if (obstacle.code !== "pending") tell(state, obstacle.text, { tone: "plain", now });
    return false;
  }
  const { x, y } = state.selected;
  state.pending = { id, x, y, color: state.color, status: PENDING.WAITING, seq: null, sentOn: null, repeated: false, at: now };
  changed(state);
  return true;
}

/** What is to be sent on this socket: the pending placement, unless this socket already carried it. */
export function unsent({ pending, connection }) {
  const due = pending !== null && pending.status === PENDING.WAITING && connection.open;
  return due && pending.sentOn !== connection.number ? pending : null;
}

/** A placement is answered, or the connection is no good: then it is asked again on the next one. */
export function overdue({ pending, connection }, now) {
  const asked = pending?.status === PENDING.WAITING && pending.sentOn === connection.number;
  return asked && now - pending.at > ANSWER_MS;
}

export function sent(state, now) {
  state.pending = { ...state.pending, repeated: state.pending.sentOn !== null, sentOn: state.connection.number, at: now };
}

export function placed(state, answer, now) {
  const { pending, board } = state;
  const readyAt = Date.parse(answer.ready_at);
  if (pending !== null && pending.id === answer.id) {
    // The first answer to a request is stamped between asking and now; a repeated one is from an earlier time.
    if (!pending.repeated && Number.isFinite(readyAt)) {
      const stamp = readyAt - board.cooldown * 1000;
      state.clock = clock.refine(state.clock, clock.measure(stamp, pending.at, now));
    }
    state.pending = { ...pending, status: PENDING.CONFIRMED, seq: answer.seq };
    state.landed = { x: answer.x, y: answer.y, color: answer.color, seq: answer.seq };
    settlePending(state);
  }
  startCooldown(state, readyAt, now);
  state.hint = false; // whoever has placed needs no telling how
  tell(state, `${colorName(board.palette, answer.color)} placed at ${answer.x}, ${answer.y}.`, { tone: "good", now });
}

export function refused(state, answer, now) {
  const ours = state.pending !== null && (answer.id === null || answer.id === undefined || answer.id === state.pending.id);
  if (ours && state.pending.status === PENDING.WAITING) state.pending = null;
  if (answer.code === "cooldown") {
    // `wait` counts from now and needs no clock at all.
    if (Number.isFinite(answer.wait)) waitUntil(state, now + answer.wait * 1000, now);
    else startCooldown(state, Date.parse(answer.ready_at), now);
  }
  tell(state, answer.message || "The server refused this.", { tone: "bad", now });
}

/** The pixel that we were promised is on the board, so its ghost may go. */
export function settlePending(state) {
  const { pending, cells } = state;
  if (pending?.status === PENDING.CONFIRMED && cells !== null && cells.seq >= pending.seq) state.pending = null;
}

/** Who the server says we are. */
export function recognised(state, player, now) {
  state.player = player === null || player === undefined ? null : { id: player.id, name: player.name };
  if (state.player !== null) startCooldown(state, Date.parse(player.ready_at ?? ""), now);
  changed(state);
}

/** A stamp of the server's clock from an HTTP answer; see pure/clock.js. */
export function clockMeasured(state, measurement) {
  state.clock = clock.correct(state.clock, measurement);
}

/** A second went by: what shows a time is old. The end of the wait is said once, because it is taken away. */
export function passTime(state, now) {
  const { readyAt } = state.cooldown;
  if (readyAt !== null && now >= readyAt) {
    state.cooldown = { readyAt: null, total: 0 };
    announce(state, "Your next pixel is ready.");
  } else {
    changed(state);
  }
}

function startCooldown(state, readyAtServer, now) {
  const local = Number.isFinite(readyAtServer) ? clock.toLocal(state.clock, readyAtServer) : null;
  // A guessed clock may be years off; no wait is longer than the board's.
  if (local !== null) waitUntil(state, state.clock.guessed ? Math.min(local, now + cooldownMs(state)) : local, now);
}

function waitUntil(state, readyAt, now) {
  const total = Math.max(cooldownMs(state), readyAt - now);
  state.cooldown = readyAt > now ? { readyAt, total } : { readyAt: null, total: 0 };
}

function cooldownMs(state) {
  return (state.board?.cooldown ?? 0) * 1000;
}
