/*
 * Copies the link to a place.
 *
 * Owns the way into the clipboard, which without HTTPS is a detour over a text field.
 */

import { tell } from "../actions/say.js";
import { format } from "../pure/link.js";
import { middleCell } from "../state/derived.js";

export function createCopyLink(state, { now }) {
  return async function copyLink() {
    const cell = state.selected ?? (state.board === null ? null : middleCell(state));
    const hash = cell === null ? "" : format({ ...cell, z: state.view.k });
    const address = location.origin + location.pathname + hash;
    const copied = await copy(address);
    if (copied) tell(state, cell === null ? "Link copied." : `Link to ${cell.x}, ${cell.y} copied.`, { tone: "good", now: now() });
    else tell(state, address, { now: now() }); // at least it can be read
  };
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByField(text);
  }
}

function copyByField(text) {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "offscreen";
  document.body.append(field);
  field.select();
  let copied = false;
  try {
    copied = document.execCommand("copy");
  } catch {
    // Then not.
  }
  field.remove();
  before?.focus?.({ preventScroll: true });
  return copied;
}
