/*
 * What time the server has, without trusting the wall clock of this device.
 *
 * Owns an interval in which (server time − local monotonic time) must lie, all in milliseconds. Each exchange
 * with the server narrows it: the server's stamp was made after we asked and before we got the answer. Refuses
 * to know where the stamps come from. A clock is a frozen value.
 */

export const unknown = Object.freeze({ low: -Infinity, high: Infinity, guessed: true });

/** What this device believes, until the server has said anything: better than nothing, worse than any stamp. */
export function guess(wallTime, localTime) {
  return Object.freeze({ low: wallTime - localTime, high: wallTime - localTime, guessed: true });
}

/**
 * A stamp of the server that lies between two local moments.
 * @param {number} stamp    server time, Unix milliseconds
 * @param {number} asked    local monotonic time before the stamp was made
 * @param {number} answered local monotonic time after it was made
 * @param {number} grain    how much later than the stamp it can have been: an HTTP Date has whole seconds
 */
export function measure(stamp, asked, answered, grain = 0) {
  return Object.freeze({ low: stamp - answered, high: stamp + grain - asked, guessed: false });
}

/** Both true: the intersection. Not possible together (a sleep, a changed clock): the newer one. */
export function correct(clock, measured) {
  return clock.guessed ? measured : (intersect(clock, measured) ?? measured);
}

/** As `correct`, for a measurement that rests on an assumption: where it contradicts a stamp, it is dropped. */
export function refine(clock, measured) {
  return clock.guessed ? measured : (intersect(clock, measured) ?? clock);
}

export function isKnown(clock) {
  return Number.isFinite(clock.low) && Number.isFinite(clock.high);
}

/** A server time as local monotonic time, or null as long as nothing was measured. */
export function toLocal(clock, serverTime) {
  return isKnown(clock) ? serverTime - (clock.low + clock.high) / 2 : null;
}

/** A local monotonic time as server time, or null as long as nothing was measured. */
export function toServer(clock, localTime) {
  return isKnown(clock) ? localTime + (clock.low + clock.high) / 2 : null;
}

function intersect(a, b) {
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  return low <= high ? Object.freeze({ low, high, guessed: false }) : null;
}
