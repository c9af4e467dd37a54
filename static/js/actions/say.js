/*
 * Telling the player something: a toast for the eye, one sentence for the ear.
 *
 * Owns toast, notice, announcement, hint and help of the state. Refuses to know how they look.
 */

import { changed } from "../state/state.js";

const TOAST_MS = 4500;

/** Says a sentence once: it shows as a toast, and screen readers get the same words politely. */
export function tell(state, text, { tone = "plain", now }) {
  const serial = state.announcement.serial + 1;
  state.toast = { text, tone, serial, until: now + TOAST_MS };
  state.announcement = { text, serial };
  changed(state);
}

/** A sentence for the ear alone, for what the eye sees anyway. */
export function announce(state, text) {
  state.announcement = { text, serial: state.announcement.serial + 1 };
  changed(state);
}

export function expireToast(state, now) {
  if (state.toast === null || now < state.toast.until) return;
  state.toast = null;
  changed(state);
}

export function dismissToast(state) {
  if (state.toast === null) return;
  state.toast = null;
  changed(state);
}

/** A moderator's announcement: it stays until it is dismissed or replaced. */
export function showNotice(state, { level, text }) {
  state.notice = { level: String(level ?? "info"), text: String(text ?? "") };
  announce(state, state.notice.text);
}

export function dismissNotice(state) {
  state.notice = null;
  changed(state);
}

export function showHint(state, visible) {
  if (state.hint === visible) return;
  state.hint = visible;
  changed(state);
}

export function showHelp(state, visible) {
  if (state.help === visible) return;
  state.help = visible;
  changed(state);
}
