/*
 * What follows from the state, computed and never stored: a stored copy can be wrong, this cannot.
 *
 * Owns the readings that several rooms share: the true state of the connection, why Place is closed, the free
 * part of the window. Refuses to write.
 */

import { OFFLINE_AFTER } from "../pure/backoff.js";
import { clockFace, remaining } from "../pure/cooldown.js";
import { cellAt, invert } from "../pure/transform.js";
import { PHASE } from "./state.js";

export const CONNECTION = Object.freeze({
  CONNECTING: "connecting",
  LIVE: "live",
  BEHIND: "behind",
  RECONNECTING: "reconnecting",
  OFFLINE: "offline",
  STOPPED: "stopped",
});

/** One of CONNECTION. "live" means: every update that we know of is on the screen. */
export function connectionState(state) {
  const { connection, sync, cells } = state;
  if (connection.stopped) return CONNECTION.STOPPED;
  if (connection.open) {
    const current = sync.phase === PHASE.STREAMING && cells !== null && cells.seq >= sync.head;
    return current ? CONNECTION.LIVE : CONNECTION.BEHIND;
  }
  if (!connection.online || connection.attempt >= OFFLINE_AFTER) return CONNECTION.OFFLINE;
  return connection.wasLive || connection.attempt > 0 ? CONNECTION.RECONNECTING : CONNECTION.CONNECTING;
}

/**
 * Why no pixel can be placed now, or null when one can.
 * @returns {{code: string, text: string} | null} text is a sentence for the player
 */
export function whyNot(state, now) {
  const { board, connection, cells } = state;
  if (connection.stopped) return { code: "stopped", text: connection.reason ?? "The connection is closed." };
  if (board === null || cells === null) return { code: "loading", text: "The board is still loading." };
  if (board.state === "closed") return { code: "board_closed", text: "This board is closed. You can look around." };
  if (board.state === "frozen") return { code: "board_frozen", text: "This board is frozen for now." };
  if (state.pending !== null) return { code: "pending", text: "Your pixel is on its way." };
  if (!connection.open) return { code: "disconnected", text: "Not connected. Placing opens again with the connection." };
  if (state.player === null) return { code: "unauthenticated", text: "You are watching: the server does not know this browser as a player." };
  const wait = remaining(state.cooldown.readyAt, now);
  if (wait > 0) return { code: "cooldown", text: `Your next pixel is ready in ${clockFace(wait)}.` };
  if (state.color === null) return { code: "no_color", text: "Choose a colour first." };
  if (state.selected === null) return { code: "no_cell", text: "Choose a cell on the board first." };
  return null;
}

/** The part of the window that no panel covers, CSS px. */
export function freeArea({ viewport, insets }) {
  return {
    left: insets.left,
    top: insets.top,
    width: Math.max(1, viewport.width - insets.left - insets.right),
    height: Math.max(1, viewport.height - insets.top - insets.bottom),
  };
}

/** The cell in the middle of what is seen, or null when the board lies elsewhere. */
export function middleCell(state) {
  const free = freeArea(state);
  return cellAt(state.view, [free.left + free.width / 2, free.top + free.height / 2], state.board);
}

/** Cells in sight, as whole numbers inside the board: [left, top, right, bottom), for drawing only what is seen. */
export function visibleCells({ view, viewport, board }) {
  const [left, top] = invert(view, [0, 0]);
  const [right, bottom] = invert(view, [viewport.width, viewport.height]);
  return [
    Math.max(0, Math.floor(left)),
    Math.max(0, Math.floor(top)),
    Math.min(board.width, Math.ceil(right)),
    Math.min(board.height, Math.ceil(bottom)),
  ];
}
