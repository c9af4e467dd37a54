/*
 * The mouse and the pen: drag to move, click to select and to place.
 *
 * Owns the difference between a click and a drag: a press that has travelled never places. Refuses fingers;
 * they are touch.js's, because two of them mean something else.
 */

import * as cursor from "../actions/cursor.js";
import { pan } from "../actions/view.js";
import { cellAt } from "../pure/transform.js";

/** CSS px that a hand trembles while it clicks. */
const DRAG_THRESHOLD = 5;
const PRIMARY = 0;
const MIDDLE = 1;

export function listenToPointer(canvas, state, { now, newId }) {
  let press = null; // {id, button, start, last, dragging}

  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || (event.button !== PRIMARY && event.button !== MIDDLE)) return;
    const at = point(event);
    press = { id: event.pointerId, button: event.button, start: at, last: at, dragging: false };
    canvas.setPointerCapture(event.pointerId);
    if (event.button === MIDDLE) event.preventDefault(); // no autoscroll
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const at = point(event);
    if (press === null) {
      cursor.hover(state, state.board === null ? null : cellAt(state.view, at, state.board));
      return;
    }
    if (!press.dragging && distance(at, press.start) <= DRAG_THRESHOLD) return;
    if (!press.dragging) {
      press.dragging = true;
      canvas.dataset.dragging = "";
      cursor.hover(state, null);
    }
    pan(state, at[0] - press.last[0], at[1] - press.last[1]);
    press.last = at;
  });

  canvas.addEventListener("pointerup", (event) => {
    if (press === null || event.pointerId !== press.id) return;
    const { dragging, button, start } = press;
    release();
    if (dragging || button !== PRIMARY || state.board === null) return;
    // Where the button went down is what was aimed at.
    const cell = cellAt(state.view, start, state.board);
    cursor.press(state, cell, { point: start, now: now(), id: newId() });
  });

  canvas.addEventListener("pointercancel", (event) => {
    if (press !== null && event.pointerId === press.id) release();
  });

  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch" && press === null) cursor.hover(state, null);
  });

  canvas.addEventListener("contextmenu", (event) => event.preventDefault());

  function release() {
    press = null;
    delete canvas.dataset.dragging;
  }
}

function point(event) {
  return [event.clientX, event.clientY];
}

function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
