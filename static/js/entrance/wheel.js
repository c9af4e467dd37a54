/*
 * The wheel and the trackpad: zoom to the pointer.
 *
 * Owns the taming of deltas, which differ by a factor of a hundred between devices. Refuses to scroll.
 */

import { zoomNow, zoomStep } from "../actions/view.js";

const PIXELS_PER_LINE = 16;
const PIXELS_PER_PAGE = 400;
/** Zoom per pixel of wheel, as an exponent. A notch of 100 px is then a factor of 1.28. */
const WHEEL_RATE = 0.0025;
/** A pinch on a trackpad comes as a wheel with ctrlKey and small deltas. */
const PINCH_RATE = 0.01;
/** A delta so big is a notch of a coarse wheel, and looks better as a short glide. */
const COARSE = 50;
const BIGGEST = 240;

export function listenToWheel(canvas, state, { now }) {
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const pixels = Math.max(-BIGGEST, Math.min(BIGGEST, inPixels(event)));
      if (pixels === 0) return;
      const point = [event.clientX, event.clientY];
      const factor = Math.exp(-pixels * (event.ctrlKey ? PINCH_RATE : WHEEL_RATE));
      if (!event.ctrlKey && Math.abs(pixels) >= COARSE) zoomStep(state, factor, point, now(), 120);
      else zoomNow(state, factor, point);
    },
    { passive: false },
  );

  // Safari on a Mac tells of a pinch in events of its own, with the scale since the gesture began.
  let scale = 1;
  canvas.addEventListener("gesturestart", (event) => {
    event.preventDefault();
    scale = 1;
  });
  canvas.addEventListener("gesturechange", (event) => {
    event.preventDefault();
    zoomNow(state, event.scale / scale, [event.clientX, event.clientY]);
    scale = event.scale;
  });
}

function inPixels(event) {
  if (event.deltaMode === WheelEvent.DOM_DELTA_LINE) return event.deltaY * PIXELS_PER_LINE;
  if (event.deltaMode === WheelEvent.DOM_DELTA_PAGE) return event.deltaY * PIXELS_PER_PAGE;
  return event.deltaY;
}
