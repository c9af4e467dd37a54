/*
 * What the page's surroundings tell: sizes, the address, the network, the player's wishes, the time.
 *
 * Owns window-wide listeners and the timers of toast and countdown. Refuses everything that a player does on
 * purpose with a device.
 */

import { networkChanged } from "../actions/connection.js";
import { passTime } from "../actions/place.js";
import { expireToast } from "../actions/say.js";
import { openPlace, resize, setInsets, setReducedMotion } from "../actions/view.js";
import { remaining, untilNextFace } from "../pure/cooldown.js";
import { parse } from "../pure/link.js";
import { subscribe } from "../state/state.js";

/** Beside the panels, so that the board does not touch them. CSS px. */
const MARGIN = 16;

export function listenToSurroundings(canvas, state, { now, wake }) {
  measureWindow(canvas, state);
  measurePanels(state);
  keepTime(state, now);

  window.addEventListener("online", () => {
    networkChanged(state, true);
    wake();
  });
  window.addEventListener("offline", () => networkChanged(state, false));
  networkChanged(state, navigator.onLine !== false);

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") wake();
  });
  // Back from the browser's page cache, with a socket that died meanwhile.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) wake();
  });

  const arrive = () => {
    const place = parse(location.hash);
    if (place !== null) openPlace(state, place, now());
  };
  window.addEventListener("hashchange", arrive);
  arrive();

  const motion = window.matchMedia("(prefers-reduced-motion: reduce)");
  const obey = () => setReducedMotion(state, motion.matches);
  motion.addEventListener("change", obey);
  obey();
}

function measureWindow(canvas, state) {
  const measure = () => {
    resize(state, { width: canvas.clientWidth, height: canvas.clientHeight, ratio: window.devicePixelRatio || 1 });
  };
  new ResizeObserver(measure).observe(canvas);
  // A move to a screen with another density changes no size.
  const watchRatio = () => {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener("change", () => (measure(), watchRatio()), { once: true });
  };
  watchRatio();
  measure();
}

function measurePanels(state) {
  const header = document.getElementById("header");
  // The part of the dock that is always there: the board must not jump when a cell is selected.
  const bench = document.getElementById("bench");
  const measure = () => {
    setInsets(state, {
      top: header.getBoundingClientRect().bottom + MARGIN,
      right: MARGIN,
      bottom: window.innerHeight - bench.getBoundingClientRect().top + MARGIN,
      left: MARGIN,
    });
  };
  const observer = new ResizeObserver(measure);
  observer.observe(header);
  observer.observe(bench);
  window.addEventListener("resize", measure);
  measure();
}

/** Wakes when a shown time changes, and not otherwise. */
function keepTime(state, now) {
  let toastTimer = null;
  let tickTimer = null;

  function tick() {
    tickTimer = null;
    passTime(state, now());
  }

  subscribe(state, () => {
    clearTimeout(toastTimer);
    if (state.toast !== null) {
      toastTimer = setTimeout(() => expireToast(state, now()), Math.max(0, state.toast.until - now()) + 20);
    }
    const times = [];
    if (state.cooldown.readyAt !== null) times.push(untilNextFace(remaining(state.cooldown.readyAt, now())));
    if (state.connection.retryAt !== null) times.push(500);
    if (tickTimer === null && times.length > 0) tickTimer = setTimeout(tick, Math.min(...times) + 5);
  });
}
