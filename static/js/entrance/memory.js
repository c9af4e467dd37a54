/*
 * What this browser remembers between visits: the chosen colour, and that the hint was read.
 *
 * Owns the keys in localStorage. Storage may be forbidden, full or gone; then every visit is the first one.
 */

import { chooseColor } from "../actions/place.js";
import { showHint } from "../actions/say.js";
import { subscribe } from "../state/state.js";

const COLOR = "placesite:color";
const HINT = "placesite:hint-read";

export function recall(state) {
  // By its hex: another board may have another palette, or the same one in another order.
  const wanted = read(COLOR);
  let recalled = false;
  let written = wanted;
  let hintShown = read(HINT) === null;
  showHint(state, hintShown);

  subscribe(state, () => {
    if (hintShown && !state.hint) {
      hintShown = false;
      write(HINT, "1");
    }
    if (state.board === null) return;
    if (!recalled) {
      recalled = true;
      const index = state.board.palette.findIndex((color) => color.hex === wanted);
      if (index >= 0 && state.color === null) queueMicrotask(() => chooseColor(state, index));
      return;
    }
    const hex = state.board.palette[state.color]?.hex;
    if (hex !== undefined && hex !== written) {
      written = hex;
      write(COLOR, hex);
    }
  });
}

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Not remembered; nothing depends on it.
  }
}
