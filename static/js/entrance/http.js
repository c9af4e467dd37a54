/*
 * Questions to the server that are no socket's: player, snapshot, updates, pixel.
 *
 * Owns addresses, time limits and cache modes. Refuses to keep anything: it answers or throws.
 */

import { measure } from "../pure/clock.js";
import { decodeSnapshot } from "../pure/wire.js";

const UPDATES_PER_PAGE = 10_000;
const SHORT_MS = 8_000;
/** A board of sixteen megabytes over a bad phone network takes its time. */
const LONG_MS = 90_000;
const DATE_GRAIN_MS = 1_000; // an HTTP Date has whole seconds

export function createHttp(slug, { fetch, now }) {
  const board = encodeURIComponent(slug);

  async function ask(path, { timeout = SHORT_MS, ...options } = {}) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), timeout);
    try {
      const answer = await fetch(path, { credentials: "same-origin", signal: controller.signal, ...options });
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
      // The body belongs to the same limit: a connection can die in the middle of it.
      return { answer, body: await read(answer) };
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    /** Makes this browser a player, or finds out which one it is: {player, measurement (of the clock) | null}. */
    async player() {
      const asked = now();
      const { answer, body } = await ask("/api/players", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: "{}",
        cache: "no-store",
      });
      const stamp = Date.parse(answer.headers.get("Date") ?? "");
      const measurement = Number.isFinite(stamp) ? measure(stamp, asked, now(), DATE_GRAIN_MS) : null;
      return { player: body, measurement };
    },

    /** @param {{fresh: boolean}} options fresh: past the browser's cache, which has just proved too old or wrong */
    async snapshot({ fresh }) {
      const { body } = await ask(`/b/${board}/snapshot`, { timeout: LONG_MS, cache: fresh ? "reload" : "default" });
      return decodeSnapshot(body);
    },

    /** Updates after a seq, in order, one page of them. */
    async updates(since) {
      const path = `/api/boards/${board}/updates?since=${since}&limit=${UPDATES_PER_PAGE}`;
      const { body } = await ask(path, { timeout: LONG_MS, headers: { Accept: "application/json" }, cache: "no-store" });
      return body.updates;
    },

    /** Who placed this pixel and when: {x, y, color, seq, placed_at, player: {id, name} | null}. */
    async pixel({ x, y }) {
      const { body } = await ask(`/api/boards/${board}/pixels/${x}/${y}`, {
        headers: { Accept: "application/json" },
        cache: "no-cache",
      });
      return body;
    },
  };
}

function read(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  return type.includes("json") ? answer.json() : answer.arrayBuffer();
}
