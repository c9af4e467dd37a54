/*
 * Buttons and the palette.
 *
 * Owns which button means what; the markup names it in data-do. Refuses to change how anything looks.
 */

import * as cursor from "../actions/cursor.js";
import { chooseColor, place } from "../actions/place.js";
import { dismissNotice, dismissToast, showHelp, showHint } from "../actions/say.js";
import { fitBoard, zoomStep } from "../actions/view.js";

const ZOOM_STEP = 1.8;
const PALETTE_STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export function listenToControls(state, { now, newId, copyLink, reconnect, canvas }) {
  const deeds = {
    place: () => place(state, { now: now(), id: newId() }),
    "zoom-in": () => zoomStep(state, ZOOM_STEP, null, now()),
    "zoom-out": () => zoomStep(state, 1 / ZOOM_STEP, null, now()),
    fit: () => fitBoard(state, now()),
    "copy-link": copyLink,
    deselect: () => cursor.deselect(state),
    reconnect,
    "open-help": () => showHelp(state, true),
    "close-help": () => showHelp(state, false),
    "close-hint": () => showHint(state, false),
    "close-notice": () => dismissNotice(state),
    "close-toast": () => dismissToast(state),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button !== null) deeds[button.dataset.do]?.();
    // A mouse leaves the keys to the board; whoever came by Tab (detail 0) keeps the focus.
    if (button !== null && event.detail > 0 && !state.help) canvas.focus({ preventScroll: true });
  });

  const palette = document.getElementById("palette");
  palette.addEventListener("click", (event) => {
    const swatch = event.target.closest("[data-color]");
    if (swatch === null) return;
    chooseColor(state, Number(swatch.dataset.color));
    if (event.detail > 0) canvas.focus({ preventScroll: true });
  });

  // A radio group: Tab enters it once, arrows choose inside it.
  palette.addEventListener("keydown", (event) => {
    const step = PALETTE_STEPS[event.key];
    const swatch = event.target.closest("[data-color]");
    if (step === undefined || swatch === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const colors = palette.children.length;
    const next = (Number(swatch.dataset.color) + step + colors) % colors;
    chooseColor(state, next);
    palette.children[next].focus();
  });

  // The dialog may close by itself, with Escape.
  document.getElementById("help").addEventListener("close", () => showHelp(state, false));
}
