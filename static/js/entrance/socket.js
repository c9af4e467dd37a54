/*
 * The socket: opens it, keeps it alive, opens it again.
 *
 * Owns the WebSocket and its timers. Hands every message to an action and fulfils the wish that it answers
 * with. Refuses to know what is in the messages, and to draw.
 */

import * as connection from "../actions/connection.js";
import * as placing from "../actions/place.js";
import { showNotice } from "../actions/say.js";
import * as sync from "../actions/sync.js";
import { afterClose, delay } from "../pure/backoff.js";
import { PROTOCOL, WireError, decodeFrame, decodeText, encodePing, encodePlace } from "../pure/wire.js";
import { WISH, subscribe } from "../state/state.js";

/** A heartbeat comes every 30 s at the latest; half as much again is silence. */
const SILENCE_MS = 45_000;
const ANSWER_MS = 10_000;
const WATCH_MS = 2_500;
/** Close codes that a page may send: none of the server's own. */
const GIVING_UP = 3000;

export function createSocket(state, { slug, http, loader, now, random }) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const address = `${scheme}//${location.host}/ws/${encodeURIComponent(slug)}/`;
  let socket = null;
  let since = null;
  let retryTimer = null;
  let heardAt = 0;
  let pingedAt = null;
  let knownAs = null; // the wall-minus-monotonic time at which we last asked who we are
  let starting = false;

  /** Opens a connection now, unless one is open or on its way. */
  async function open() {
    if (socket !== null || starting || state.connection.stopped) return;
    starting = true;
    clearTimeout(retryTimer);
    connection.trying(state);
    await introduce();
    starting = false;
    if (socket !== null || state.connection.stopped) return;
    since = sync.sinceForReconnect(state);
    socket = new WebSocket(since === null ? address : `${address}?since=${since}`);
    socket.binaryType = "arraybuffer";
    heardAt = now();
    pingedAt = null;
    socket.onmessage = (event) => heard(event.data);
    socket.onclose = (event) => gone(event.code);
  }

  /** The cookie must be there before the socket; without it we watch. A sleep makes the clock worth asking anew. */
  async function introduce() {
    const drift = Date.now() - now();
    if (state.player !== null && knownAs !== null && Math.abs(drift - knownAs) < 5_000) return;
    try {
      const { player, measurement } = await http.player();
      if (measurement !== null) placing.clockMeasured(state, measurement);
      placing.recognised(state, player, now());
      knownAs = drift;
    } catch (error) {
      console.warn("placesite: no player, watching only.", error);
    }
  }

  function heard(data) {
    heardAt = now();
    pingedAt = null;
    try {
      fulfil(typeof data === "string" ? readText(decodeText(data)) : readFrame(decodeFrame(data)));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      console.warn("placesite: not understood, reconnecting.", error);
      drop();
    }
  }

  function readFrame(frame) {
    if (!state.connection.open) throw new WireError(`expected hello first, got a ${frame.kind}`);
    return frame.kind === "delta" ? sync.receiveDelta(state, frame) : sync.receiveHeartbeat(state, frame);
  }

  function readText(message) {
    switch (message.type) {
      case "hello": {
        if (message.protocol !== PROTOCOL) throw new WireError(`expected protocol ${PROTOCOL}, got ${message.protocol}`);
        connection.opened(state);
        const wish = sync.greeted(state, message, { since });
        placing.recognised(state, message.player, now());
        return wish;
      }
      case "placed":
        placing.placed(state, message, now());
        return WISH.NOTHING;
      case "refused":
        placing.refused(state, message, now());
        return WISH.NOTHING;
      case "resync":
        return sync.receiveResync(state, message);
      case "board":
        return sync.receiveBoard(state, message.board);
      case "online":
        sync.receiveOnline(state, message.count);
        return WISH.NOTHING;
      case "notice":
        showNotice(state, message);
        return WISH.NOTHING;
      case "pong":
        return WISH.NOTHING;
      default:
        // A newer server may say more than we know; what we know still holds.
        return WISH.NOTHING;
    }
  }

  function fulfil(wish) {
    if (wish === WISH.SNAPSHOT) loader.load().then(fulfil);
    // At once the first time; one that comes back to the same place waits like any other failure.
    if (wish === WISH.RECONNECT) drop(state.connection.attempt === 0 ? 0 : null);
  }

  /** Leaves this socket without waiting for a closing handshake that a dead network never brings. */
  function drop(wait = null) {
    if (socket === null) return;
    socket.onmessage = socket.onclose = null;
    socket.close(GIVING_UP);
    retry({ delay: wait ?? delay(state.connection.attempt, random()), reason: null });
  }

  function gone(code) {
    const next = afterClose(code, state.connection.attempt, random());
    if (next.retry) {
      retry(next);
      return;
    }
    socket = null;
    loader.cancel();
    connection.stopped(state, next.reason);
  }

  function retry(next) {
    socket = null;
    loader.cancel();
    connection.lost(state, { retryAt: now() + next.delay, reason: next.reason });
    clearTimeout(retryTimer);
    retryTimer = setTimeout(open, next.delay);
  }

  function watch() {
    if (socket === null) return;
    const time = now();
    if (placing.overdue(state, time)) drop();
    else if (pingedAt !== null && time - pingedAt > ANSWER_MS) drop();
    else if (!state.connection.open && time - heardAt > ANSWER_MS) drop();
    else if (state.connection.open && pingedAt === null && time - heardAt > SILENCE_MS) ping();
  }

  function ping() {
    pingedAt = now();
    socket.send(encodePing());
  }

  function sendPending() {
    const pending = placing.unsent(state);
    if (pending === null || socket?.readyState !== WebSocket.OPEN) return;
    socket.send(encodePlace(pending));
    placing.sent(state, now());
  }

  /** Something says that the network may be back (or that we slept): try now, or ask whether we are still heard. */
  function wake() {
    if (socket === null) open();
    else if (state.connection.open && pingedAt === null) ping();
  }

  // Actions only say what they want sent; it leaves after they are through.
  subscribe(state, () => {
    if (placing.unsent(state) !== null) queueMicrotask(sendPending);
  });
  setInterval(watch, WATCH_MS);

  return { open, wake };
}
