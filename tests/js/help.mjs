/* What several tests begin with. */

import { Board } from "../../static/js/pure/board.js";
import { opened } from "../../static/js/actions/connection.js";
import { resize } from "../../static/js/actions/view.js";
import { adoptSnapshot, greeted, release } from "../../static/js/actions/sync.js";
import { crc32 } from "../../static/js/pure/crc32.js";
import { createState } from "../../static/js/state/state.js";

export const PALETTE = [
  { name: "White", hex: "#ffffff" },
  { name: "Black", hex: "#000000" },
  { name: "Red", hex: "#ff0000" },
];

export function blank({ seq = 0, width = 4, height = 4, revision = 1 } = {}) {
  return new Board({ width, height, seq, revision, cells: new Uint8Array(width * height) });
}

export function delta(firstSeq, pixels) {
  return {
    kind: "delta",
    firstSeq,
    count: pixels.length,
    xs: Uint16Array.from(pixels, (p) => p[0]),
    ys: Uint16Array.from(pixels, (p) => p[1]),
    colors: Uint8Array.from(pixels, (p) => p[2]),
  };
}

export function boardMessage(overrides = {}) {
  return { slug: "main", title: "Main", width: 4, height: 4, palette: PALETTE, cooldown: 300, state: "open", revision: 1, ...overrides };
}

export function hello({ seq = 0, board = {} } = {}) {
  return { type: "hello", protocol: 1, board: boardMessage(board), player: null, seq, online: 3, connection: "c" };
}

export function snapshot({ seq = 0, width = 4, height = 4, revision = 1, paint = [] } = {}) {
  const cells = new Uint8Array(width * height);
  for (const [x, y, color] of paint) cells[y * width + x] = color;
  return { width, height, seq, revision, cells, crc32: crc32(cells) };
}

/** A page that is live at a seq, with a player. */
export function live({ seq = 10, player = { id: "7", name: "Fox" } } = {}) {
  const state = createState({ slug: "main" });
  resize(state, { width: 400, height: 400, ratio: 1 });
  opened(state);
  greeted(state, hello({ seq }), { since: null });
  adoptSnapshot(state, snapshot({ seq }));
  release(state);
  state.player = player;
  return state;
}
