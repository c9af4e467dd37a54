/*
 * Asks who placed the selected pixel.
 *
 * Owns the patience: a cursor that runs over a hundred cells asks for the one where it rests. Refuses to show.
 */

import { inspected, inspecting } from "../actions/cursor.js";
import { subscribe } from "../state/state.js";

const REST_MS = 280;

export function watchSelection(state, { http }) {
  let timer = null;
  let asked = null; // "x,y" of the question under way or planned

  subscribe(state, () => {
    const { selected, inspected: known } = state;
    if (selected === null || state.cells === null) {
      clearTimeout(timer);
      asked = null;
      return;
    }
    const key = `${selected.x},${selected.y}`;
    const fresh = known !== null && known.x === selected.x && known.y === selected.y && !known.stale;
    if (fresh || asked === key) return;
    clearTimeout(timer);
    asked = key;
    timer = setTimeout(() => ask(selected, key), REST_MS);
  });

  async function ask(cell, key) {
    inspecting(state, cell);
    let pixel = null;
    try {
      pixel = await http.pixel(cell);
    } catch (error) {
      console.warn("placesite: nobody could say who placed this pixel.", error);
    }
    if (asked !== key) return;
    asked = null;
    inspected(state, cell, pixel);
  }
}
