/*
 * How long a player still waits, as numbers and as words.
 *
 * Owns the arithmetic of the countdown. Times are local monotonic milliseconds; what the server's time has to
 * do with them is the business of clock.js. Refuses to decide who may place: the server does.
 */

/** Milliseconds until readyAt, never negative. Null (no cooldown known) is ready. */
export function remaining(readyAt, now) {
  return readyAt === null ? 0 : Math.max(0, readyAt - now);
}

/** How much of the wait is over, 0 to 1. `total` is the length of the wait in milliseconds. */
export function progress(readyAt, total, now) {
  const left = remaining(readyAt, now);
  if (left === 0 || total <= 0) return 1;
  return Math.min(1, Math.max(0, 1 - left / total));
}

/** "4:59", and "1:02:03" from an hour on. Rounds up, so that 0:00 never stands beside a closed gate. */
export function clockFace(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const s = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${s}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${s}`;
}

/** "4 minutes 59 seconds", for the ear. */
export function spoken(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const parts = [
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor((seconds % 3600) / 60), "minute"],
    [seconds % 60, "second"],
  ];
  const words = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`);
  return words.length > 0 ? words.join(" ") : "0 seconds";
}

/** Milliseconds until the shown text changes: the countdown wakes once a second, not once a frame. */
export function untilNextFace(milliseconds) {
  const rest = milliseconds % 1000;
  return rest === 0 ? 1000 : rest;
}

/** "just now", "5 minutes ago", "3 days ago": the age of a pixel, coarse as memory is. */
export function age(milliseconds) {
  const seconds = Math.floor(Math.max(0, milliseconds) / 1000);
  for (const [size, unit] of [
    [86400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ]) {
    const n = Math.floor(seconds / size);
    if (n >= 1) return `${n} ${unit}${n === 1 ? "" : "s"} ago`;
  }
  return "just now";
}
