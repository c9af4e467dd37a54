/*
 * Fingers: one moves the board, two pinch it, a tap selects and places.
 *
 * Owns the gesture from the first finger down to the last one up. A gesture in which a finger travelled, or in
 * which there ever was a second finger, never places. Refuses the mouse.
 */

import * as cursor from "../actions/cursor.js";
import { fling, pan, pinch, stopFling } from "../actions/view.js";
import { cellAt } from "../pure/transform.js";

const DRAG_THRESHOLD = 10;
/** A second tap so soon is a double tap: a habit, and not consent to place. */
const DOUBLE_TAP_MS = 300;
/** Speed is taken over the last moments of a drag; a finger that rests before it lifts does not throw. */
const SPEED_WINDOW_MS = 90;
const SLOWEST_FLING = 0.25; // CSS px per ms

export function listenToTouch(canvas, state, { now, newId }) {
  const fingers = new Map(); // pointer id → [x, y]
  let gesture = null; // {start, moved, several, trail: [{at, time}]}
  let lastTap = -Infinity;

  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    stopFling(state);
    if (fingers.size === 1) gesture = { start: [event.clientX, event.clientY], moved: false, several: false, trail: [] };
    else gesture.several = true;
  });

  canvas.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = span(fingers);
    const from = fingers.get(event.pointerId);
    const at = [event.clientX, event.clientY];
    if (fingers.size === 1) {
      moveOne(from, at, event.pointerId);
      return;
    }
    fingers.set(event.pointerId, at);
    const after = span(fingers);
    if (before.length > 0) pinch(state, before.middle, after.middle, after.length / before.length);
    gesture.trail = [];
  });

  canvas.addEventListener("pointerup", (event) => lift(event, true));
  canvas.addEventListener("pointercancel", (event) => lift(event, false));

  function moveOne(from, at, id) {
    if (!gesture.moved && !gesture.several && distance(at, gesture.start) <= DRAG_THRESHOLD) return;
    // The board starts from where the finger is now; it would jump by the threshold otherwise.
    if (gesture.moved || gesture.several) pan(state, at[0] - from[0], at[1] - from[1]);
    gesture.moved = true;
    fingers.set(id, at);
    gesture.trail.push({ at, time: now() });
    if (gesture.trail.length > 12) gesture.trail.shift();
  }

  function lift(event, meant) {
    if (!fingers.delete(event.pointerId) || fingers.size > 0) return;
    const { start, moved, several, trail } = gesture;
    gesture = null;
    if (!meant || state.board === null) return;
    if (moved || several) {
      const [vx, vy] = speed(trail, now());
      if (Math.hypot(vx, vy) > SLOWEST_FLING) fling(state, vx, vy, now());
      return;
    }
    const time = now();
    const hasty = time - lastTap < DOUBLE_TAP_MS;
    lastTap = time;
    if (!hasty) cursor.press(state, cellAt(state.view, start, state.board), { point: start, now: time, id: newId() });
  }
}

/** Middle and distance of the first two fingers. */
function span(fingers) {
  const [a, b = a] = fingers.values();
  return { middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], length: distance(a, b) };
}

function speed(trail, time) {
  const recent = trail.filter((step) => time - step.time < SPEED_WINDOW_MS);
  if (recent.length < 2) return [0, 0];
  const first = recent[0];
  const last = recent[recent.length - 1];
  const elapsed = Math.max(1, last.time - first.time);
  return [(last.at[0] - first.at[0]) / elapsed, (last.at[1] - first.at[1]) / elapsed];
}

function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
