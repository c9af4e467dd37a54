/*
 * Fulfils the wish for a snapshot: fetch it, fill what lies between it and the socket, let the held deltas go.
 *
 * Owns the order of these steps and their retries. Refuses to judge what comes; actions/sync.js does.
 */

import * as sync from "../actions/sync.js";
import { delay } from "../pure/backoff.js";
import { WISH } from "../state/state.js";

/**
 * @param {object} options
 * @param {{snapshot: Function, updates: Function}} options.http
 * @param {(ms: number) => Promise<void>} options.pause
 * @param {() => number} options.random
 */
export function createLoader(state, { http, pause, random }) {
  let run = 0;

  /** Waits no longer for a load that is under way; its answer will be thrown away. */
  function cancel() {
    run += 1;
  }

  /**
   * @returns {Promise<string>} a WISH: nothing, or reconnect when the held deltas had a gap. A load that a newer
   *   one or a lost socket made pointless wishes nothing.
   */
  async function load() {
    const mine = ++run;
    const outdated = () => run !== mine;
    // The first board may come from the cache (and from the page's preload); a second fetch has a reason.
    let fresh = state.cells !== null;
    for (let attempt = 0; ; attempt++) {
      try {
        const snapshot = await http.snapshot({ fresh });
        if (outdated()) return WISH.NOTHING;
        if (sync.adoptSnapshot(state, snapshot) && (await fill(outdated))) {
          return outdated() ? WISH.NOTHING : sync.release(state);
        }
      } catch (error) {
        console.warn("placesite: the snapshot could not be loaded, trying again.", error);
      }
      if (outdated()) return WISH.NOTHING;
      fresh = true;
      await pause(delay(attempt, random()));
      if (outdated()) return WISH.NOTHING;
    }
  }

  /** Whether all updates up to the socket's base are in. */
  async function fill(outdated) {
    while (sync.lacksUpdates(state)) {
      const updates = await http.updates(state.cells.seq);
      // An empty page below a seq that exists: this server has not caught up itself yet.
      if (outdated() || updates.length === 0 || !sync.adoptUpdates(state, updates)) return false;
    }
    return true;
  }

  return { load, cancel };
}
