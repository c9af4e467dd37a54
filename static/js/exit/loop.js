/*
 * When to draw: once a frame, if anything changed, and else not at all.
 *
 * Owns the one requestAnimationFrame. Refuses to know what is drawn.
 */

import { advance } from "../actions/view.js";
import { subscribe } from "../state/state.js";

/**
 * @param {((state: object, now: number) => boolean | void)[]} drawers each returns true when it wants another
 *   frame, because something of it still moves
 */
export function startLoop(state, drawers, { now }) {
  let asked = false;

  function ask() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    asked = false;
    const time = now();
    advance(state, time);
    let moving = state.glide !== null;
    for (const drawer of drawers) moving = drawer(state, time) === true || moving;
    if (moving) ask();
  }

  subscribe(state, ask);
  ask();
}
