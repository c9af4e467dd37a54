/*
 * When to try again after a lost connection, and when not to.
 *
 * Owns the meaning of close codes and the spread of retries. Refuses to know timers and sockets: it gets a
 * random number and gives a number of milliseconds. Without the spread, ten thousand browsers would come back
 * in the same moment in which a server did.
 */

const FIRST = 500;
const LONGEST = 30_000;
const SHORTEST = 100;
const RESTART_SPREAD = 5_000;
const FULL_FIRST = 5_000;
const FULL_LONGEST = 60_000;

/** After so many failures in a row we say "offline": on average about eight seconds of trying. */
export const OFFLINE_AFTER = 5;

export const CLOSE = Object.freeze({
  GOING_AWAY: 4000,
  KICKED: 4001,
  BANNED: 4002,
  PROTOCOL_VIOLATION: 4003,
  NO_SUCH_BOARD: 4004,
  TOO_SLOW: 4008,
  FULL: 4013,
});

const FINAL = new Map([
  [CLOSE.KICKED, "A moderator closed your connection. Reload the page to come back."],
  [CLOSE.BANNED, "You are banned from this board."],
  [CLOSE.NO_SUCH_BOARD, "There is no such board."],
  [CLOSE.PROTOCOL_VIOLATION, "This page and the server do not understand each other. Reload the page."],
]);

/** Full jitter: anything between (nearly) nothing and an exponentially growing ceiling. Milliseconds. */
export function delay(attempt, random, first = FIRST, longest = LONGEST) {
  const ceiling = Math.min(longest, first * 2 ** Math.min(attempt, 16));
  return Math.max(SHORTEST, random * ceiling);
}

/**
 * What follows a close.
 * @param {number} code     close code; 1006 when there was none
 * @param {number} attempt  failures in a row before this one
 * @param {number} random   0 to 1
 * @returns {{retry: boolean, delay: number, reason: string | null}}
 */
export function afterClose(code, attempt, random) {
  if (FINAL.has(code)) return { retry: false, delay: 0, reason: FINAL.get(code) };
  if (code === CLOSE.GOING_AWAY) return { retry: true, delay: random * RESTART_SPREAD, reason: null };
  // Once at once; a client that stays too slow must not spin.
  if (code === CLOSE.TOO_SLOW && attempt === 0) return { retry: true, delay: 0, reason: null };
  if (code === CLOSE.FULL) {
    const wait = FULL_FIRST + delay(attempt, random, FULL_FIRST, FULL_LONGEST);
    return { retry: true, delay: wait, reason: "The server is full. Waiting for a free seat." };
  }
  return { retry: true, delay: delay(attempt, random), reason: null };
}
