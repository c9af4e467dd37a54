/*
 * The wire protocol, version 1, as docs/protocol.md has it: bytes in, plain objects out, and back.
 *
 * Owns the layout of frames. Refuses to know sockets, and what a delta does to a board. Anything that is not
 * exactly as the protocol says is a WireError that tells what was expected and what came.
 */

import { crc32 } from "./crc32.js";

export const PROTOCOL = 1;
const DELTA = 0x01;
const HEARTBEAT = 0x02;
const DELTA_HEAD = 12;
const DELTA_PIXEL = 5;
const HEARTBEAT_SIZE = 16;
const SNAPSHOT_HEAD = 24;
const SNAPSHOT_MAGIC = 0x31424c50; // "PLB1", read as one little-endian number

export class WireError extends Error {}

/**
 * A binary frame of the socket.
 * @param {ArrayBuffer} buffer
 * @returns {{kind: "delta", firstSeq: number, count: number, xs: Uint16Array, ys: Uint16Array, colors: Uint8Array}
 *          | {kind: "heartbeat", crc32: number, seq: number}}
 */
export function decodeFrame(buffer) {
  const view = new DataView(buffer);
  if (view.byteLength === 0) throw new WireError("expected a frame, got no bytes");
  const type = view.getUint8(0);
  if (type === DELTA) return decodeDelta(view);
  if (type === HEARTBEAT) return decodeHeartbeat(view);
  throw new WireError(`expected frame type 1 (delta) or 2 (heartbeat), got ${type}`);
}

function decodeDelta(view) {
  if (view.byteLength < DELTA_HEAD) {
    throw new WireError(`expected a delta of at least ${DELTA_HEAD} bytes, got ${view.byteLength}`);
  }
  const count = view.getUint16(2, true);
  const size = DELTA_HEAD + count * DELTA_PIXEL;
  if (view.byteLength !== size) {
    throw new WireError(`expected ${size} bytes for a delta of ${count} pixels, got ${view.byteLength}`);
  }
  const delta = emptyDelta(readSeq(view, 4), count);
  for (let i = 0, at = DELTA_HEAD; i < count; i++, at += DELTA_PIXEL) {
    delta.xs[i] = view.getUint16(at, true);
    delta.ys[i] = view.getUint16(at + 2, true);
    delta.colors[i] = view.getUint8(at + 4);
  }
  return delta;
}

function decodeHeartbeat(view) {
  if (view.byteLength !== HEARTBEAT_SIZE) {
    throw new WireError(`expected a heartbeat of ${HEARTBEAT_SIZE} bytes, got ${view.byteLength}`);
  }
  return { kind: "heartbeat", crc32: view.getUint32(4, true), seq: readSeq(view, 8) };
}

/**
 * The body of GET /b/<slug>/snapshot. Its checksum is verified: a snapshot that a proxy cut or mixed up must
 * not become the board.
 * @param {ArrayBuffer} buffer
 * @returns {{width: number, height: number, seq: number, crc32: number, revision: number, cells: Uint8Array}}
 *   cells is a view into the buffer, not a copy
 */
export function decodeSnapshot(buffer) {
  const view = new DataView(buffer);
  if (view.byteLength < SNAPSHOT_HEAD) {
    throw new WireError(`expected a snapshot of at least ${SNAPSHOT_HEAD} bytes, got ${view.byteLength}`);
  }
  if (view.getUint32(0, true) !== SNAPSHOT_MAGIC) throw new WireError("expected a snapshot that begins with PLB1");
  const width = view.getUint16(4, true);
  const height = view.getUint16(6, true);
  const size = SNAPSHOT_HEAD + width * height;
  if (view.byteLength !== size) {
    throw new WireError(`expected ${size} bytes for a board of ${width} × ${height}, got ${view.byteLength}`);
  }
  const cells = new Uint8Array(buffer, SNAPSHOT_HEAD);
  const sum = view.getUint32(16, true);
  const found = crc32(cells);
  if (found !== sum) throw new WireError(`expected cells with checksum ${sum}, got ${found}`);
  return { width, height, seq: readSeq(view, 8), crc32: sum, revision: view.getUint32(20, true), cells };
}

/** One page of the updates API as deltas, so that the board has one way to change. Runs of seq stay together. */
export function deltasFromUpdates(updates) {
  const deltas = [];
  for (let start = 0; start < updates.length; ) {
    let end = start + 1;
    while (end < updates.length && updates[end].seq === updates[end - 1].seq + 1) end++;
    const delta = emptyDelta(updates[start].seq, end - start);
    for (let i = start; i < end; i++) {
      delta.xs[i - start] = updates[i].x;
      delta.ys[i - start] = updates[i].y;
      delta.colors[i - start] = updates[i].color;
    }
    deltas.push(delta);
    start = end;
  }
  return deltas;
}

/** A text frame of the socket: an object with a `type`. */
export function decodeText(text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    throw new WireError(`expected JSON, got ${text.slice(0, 40)}`);
  }
  if (message === null || typeof message !== "object" || typeof message.type !== "string") {
    throw new WireError(`expected an object with a type, got ${text.slice(0, 40)}`);
  }
  return message;
}

export function encodePlace({ id, x, y, color }) {
  return JSON.stringify({ type: "place", id, x, y, color });
}

export function encodePing() {
  return '{"type":"ping"}';
}

function emptyDelta(firstSeq, count) {
  return {
    kind: "delta",
    firstSeq,
    count,
    xs: new Uint16Array(count),
    ys: new Uint16Array(count),
    colors: new Uint8Array(count),
  };
}

/** A u64 as a number. 2^53 placements are out of any board's reach; past it, arithmetic on seq would lie. */
function readSeq(view, at) {
  const seq = view.getBigUint64(at, true);
  if (seq > BigInt(Number.MAX_SAFE_INTEGER)) throw new WireError(`expected a seq below 2^53, got ${seq}`);
  return Number(seq);
}
