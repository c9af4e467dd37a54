/*
 * The cell cursor: which cell is meant.
 *
 * Owns `hover`, `selected` and `inspected` of the state. Selecting and placing are two steps, so that a stray
 * click costs nobody five minutes. Refuses to know mouse, finger and key apart.
 */

import { colorName } from "../pure/palette.js";
import { middleCell } from "../state/derived.js";
import { changed } from "../state/state.js";
import { announce } from "./say.js";
import { chooseColor, place } from "./place.js";
import { FAR_SCALE, approach, reveal } from "./view.js";

export function hover(state, cell) {
  if (sameCell(state.hover, cell)) return;
  state.hover = cell;
  changed(state);
}

/**
 * A click or tap: on a new cell selects it, on the selected one places, beside the board deselects. From far
 * away, where a cell is smaller than a fingertip, the camera comes closer as well.
 * @param {{point: number[], now: number, id: string}} options point in CSS px; id for the placement, if it is one
 */
export function press(state, cell, { point, now, id }) {
  // While the camera moves under the pointer nobody knows which cell is meant.
  if (state.board === null || state.glide?.kind === "zoom") return;
  if (cell === null) {
    deselect(state);
  } else if (sameCell(cell, state.selected)) {
    place(state, { now, id });
  } else {
    select(state, cell);
    if (state.view.k < FAR_SCALE) approach(state, point, now);
  }
}

export function select(state, cell) {
  if (sameCell(state.selected, cell)) return;
  state.selected = cell;
  state.inspected = null;
  changed(state);
}

/** Moves the cell cursor, and brings it into sight. The first move only shows it. */
export function moveCursor(state, dx, dy, now) {
  const { board, selected } = state;
  if (board === null) return;
  const from = selected ?? middleCell(state) ?? { x: Math.floor(board.width / 2), y: Math.floor(board.height / 2) };
  const step = selected === null ? [0, 0] : [dx, dy];
  const x = Math.min(board.width - 1, Math.max(0, from.x + step[0]));
  const y = Math.min(board.height - 1, Math.max(0, from.y + step[1]));
  select(state, { x, y });
  reveal(state, { x, y }, now);
  announce(state, describe(state, { x, y }));
}

export function deselect(state) {
  if (state.selected === null) return;
  state.selected = null;
  state.inspected = null;
  changed(state);
}

/** Escape: lets go of the cell, then of the colour. */
export function letGo(state) {
  if (state.selected !== null) deselect(state);
  else chooseColor(state, null);
}

export function inspecting(state, { x, y }) {
  state.inspected = { x, y, status: "loading", stale: false, pixel: state.inspected?.pixel ?? null };
  changed(state);
}

/** The server's answer about a cell, or null when there was none. Too late is no answer. */
export function inspected(state, { x, y }, pixel) {
  if (!sameCell(state.selected, { x, y })) return;
  state.inspected = { x, y, status: pixel === null ? "failed" : "known", stale: false, pixel };
  changed(state);
}

export function toggleGrid(state) {
  state.grid = !state.grid;
  announce(state, state.grid ? "Grid on." : "Grid off.");
}

function describe({ cells, board }, { x, y }) {
  return `${x}, ${y}${cells === null ? "" : `: ${colorName(board.palette, cells.colorAt(x, y))}`}`;
}

function sameCell(a, b) {
  return a === b || (a !== null && b !== null && a.x === b.x && a.y === b.y);
}
