/*
 * What becomes of the connection.
 *
 * Owns `connection` of the state. Refuses to open sockets and to set timers; the state's name for it all is
 * computed in state/derived.js.
 */

import { changed } from "../state/state.js";
import { announce } from "./say.js";

/** The socket said hello. */
export function opened(state) {
  const { connection } = state;
  connection.open = true;
  connection.number += 1;
  connection.retryAt = null;
  connection.reason = null;
}

/** The socket is gone; the next try comes at retryAt (local ms). */
export function lost(state, { retryAt, reason }) {
  const { connection } = state;
  const wasOpen = connection.open;
  connection.open = false;
  connection.attempt += 1;
  connection.retryAt = retryAt;
  connection.reason = reason;
  if (wasOpen) announce(state, "Connection lost. Reconnecting.");
  else changed(state);
}

/** It is of no use to go on. */
export function stopped(state, reason) {
  const { connection } = state;
  connection.open = false;
  connection.stopped = true;
  connection.retryAt = null;
  connection.reason = reason;
  state.pending = null;
  announce(state, reason);
}

/** A try begins now. */
export function trying(state) {
  state.connection.retryAt = null;
  changed(state);
}

export function networkChanged(state, online) {
  if (state.connection.online === online) return;
  state.connection.online = online;
  changed(state);
}
