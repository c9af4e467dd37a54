/*
 * The address bar: it always names the selected cell, so that reloading and sharing come back to it.
 */

import { format } from "../pure/link.js";

const REST_MS = 400; // browsers limit how often an address may change

export function createAddress(state) {
  let timer = null;
  let shown = null;

  function write() {
    timer = null;
    if (state.selected === null) return;
    try {
      history.replaceState(null, "", format({ ...state.selected, z: state.glide?.to.k ?? state.view.k }));
    } catch {
      // Too often, says the browser. The next selection will do.
    }
  }

  return function drawAddress() {
    if (state.selected === shown) return;
    shown = state.selected;
    clearTimeout(timer);
    if (shown !== null) timer = setTimeout(write, REST_MS);
  };
}
