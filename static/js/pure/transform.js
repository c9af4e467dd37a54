/*
 * The camera as a value: a point of the board p is seen at p * k + (x, y).
 *
 * Owns the arithmetic between cells and CSS pixels. Refuses to know what is drawn, how many device
 * pixels a CSS pixel has, and who moves the camera. A transform is frozen: moving makes a new one, so
 * "has the view changed?" is one comparison of references.
 */

/** Scale in CSS pixels per cell. Past 64 a phone shows fewer than six cells across: nobody paints there. */
export const MAX_SCALE = 64;

export const identity = make(1, 0, 0);

/** @returns {{k: number, x: number, y: number}} k in CSS pixels per cell, x and y in CSS pixels. */
export function make(k, x, y) {
  return Object.freeze({ k, x, y });
}

/** Where a point of the board (in cells, fractions allowed) is seen, in CSS pixels. */
export function apply(t, [px, py]) {
  return [px * t.k + t.x, py * t.k + t.y];
}

/** Which point of the board (in cells, with fractions) lies under a point of the window. */
export function invert(t, [sx, sy]) {
  return [(sx - t.x) / t.k, (sy - t.y) / t.k];
}

/** The cell under a point of the window, or null beside the board. */
export function cellAt(t, [sx, sy], { width, height }) {
  const [px, py] = invert(t, [sx, sy]);
  const x = Math.floor(px);
  const y = Math.floor(py);
  return x >= 0 && y >= 0 && x < width && y < height ? { x, y } : null;
}

export function translate(t, dx, dy) {
  return make(t.k, t.x + dx, t.y + dy);
}

/** Zooms by a factor and keeps the point of the board under (sx, sy) exactly where it is. */
export function zoomAt(t, factor, [sx, sy], { min, max }) {
  const k = clampNumber(t.k * factor, min, max);
  const [px, py] = invert(t, [sx, sy]);
  return make(k, sx - px * k, sy - py * k);
}

/** The whole board, centred in what the panels leave free. `free` is {left, top, width, height} in CSS pixels. */
export function fit({ width, height }, free) {
  const k = Math.min(MAX_SCALE, Math.max(free.width, 1) / width, Math.max(free.height, 1) / height);
  return make(k, free.left + (free.width - width * k) / 2, free.top + (free.height - height * k) / 2);
}

/** A point of the board in the middle of the free part of the window, at scale k. */
export function centerOn([px, py], k, free) {
  return make(k, free.left + free.width / 2 - px * k, free.top + free.height / 2 - py * k);
}

/**
 * Keeps the middle of the free part over the board, so that the board cannot be thrown out of sight, yet
 * each of its corners can be brought to the middle, away from the panels.
 */
export function clamp(t, { width, height }, free, { min, max }) {
  const k = clampNumber(t.k, min, max);
  const midX = free.left + free.width / 2;
  const midY = free.top + free.height / 2;
  const x = clampNumber(t.x, midX - width * k, midX);
  const y = clampNumber(t.y, midY - height * k, midY);
  return k === t.k && x === t.x && y === t.y ? t : make(k, x, y);
}

/** How far out and in one may zoom: out to half the size at which the whole board fits. */
export function scaleLimits(board, free) {
  const whole = fit(board, free).k;
  return { min: Math.min(whole / 2, 1), max: Math.max(MAX_SCALE, whole) };
}

/** The view at part p (0 to 1) of the way; the scale moves geometrically, which the eye sees as an even zoom. */
export function between(from, to, p) {
  if (p >= 1) return to;
  const ratio = to.k / from.k;
  if (Math.abs(ratio - 1) < 1e-6) {
    return make(to.k, from.x + (to.x - from.x) * p, from.y + (to.y - from.y) * p);
  }
  const k = from.k * ratio ** p;
  // Along a geometric zoom the offsets move in step with k; otherwise the fixed point would wander.
  const q = (k - from.k) / (to.k - from.k);
  return make(k, from.x + (to.x - from.x) * q, from.y + (to.y - from.y) * q);
}

function clampNumber(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
