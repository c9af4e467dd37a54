/*
 * The board as cells at a seq, and the one way in which it changes.
 *
 * Owns the rule on which everything rests: board at N + update N+1 = board at N+1, and nothing else is
 * applied. Refuses to know where deltas come from and what is done about a gap.
 */

import { crc32 } from "./crc32.js";

/** What became of a delta. */
export const APPLIED = "applied";
export const KNOWN = "known"; // all of it was in already: a snapshot overtook it
export const GAP = "gap"; // something before it is missing
export const INVALID = "invalid"; // it points outside: our idea of the board's size is wrong

export class Board {
  /**
   * @param {{width: number, height: number, seq: number, revision: number, cells: Uint8Array}} snapshot
   *   cells are taken over, not copied: a big board is sixteen megabytes
   */
  constructor({ width, height, seq, revision, cells }) {
    if (cells.length !== width * height) {
      throw new RangeError(`expected ${width * height} cells for ${width} × ${height}, got ${cells.length}`);
    }
    this.width = width;
    this.height = height;
    /** The last update that is in. */
    this.seq = seq;
    /** The board's revision when the snapshot was taken. */
    this.revision = revision;
    /** Palette indexes, row by row from the top left. */
    this.cells = cells;
  }

  contains(x, y) {
    return x >= 0 && y >= 0 && x < this.width && y < this.height;
  }

  colorAt(x, y) {
    return this.cells[y * this.width + x];
  }

  checksum() {
    return crc32(this.cells);
  }

  /**
   * Applies what is new of a delta. Nothing is written unless all of it can be.
   * @returns {{outcome: string, changed: number[]}} indexes of the cells that were written
   */
  apply(delta) {
    const known = this.seq + 1 - delta.firstSeq;
    if (known < 0) return { outcome: GAP, changed: [] };
    if (known >= delta.count) return { outcome: KNOWN, changed: [] };
    for (let i = known; i < delta.count; i++) {
      if (!this.contains(delta.xs[i], delta.ys[i])) return { outcome: INVALID, changed: [] };
    }
    const changed = [];
    for (let i = known; i < delta.count; i++) {
      const index = delta.ys[i] * this.width + delta.xs[i];
      this.cells[index] = delta.colors[i];
      changed.push(index);
    }
    this.seq = delta.firstSeq + delta.count - 1;
    return { outcome: APPLIED, changed };
  }
}
