/*
 * A place in an address: #x=512&y=300&z=20.
 *
 * Owns the format. x and y name a cell, z is the scale in CSS pixels per cell and may be missing. The text
 * comes from anywhere (chats, typing hands), so nonsense is no error: it means "no place".
 */

import { MAX_SCALE } from "./transform.js";

const DEFAULT_SCALE = 20;
const MIN_SCALE = 0.1;
const MAX_CELL = 65535; // what the wire can carry
const NUMBER = /^[+-]?\d{1,7}(\.\d{1,20})?$/;

/**
 * @param {string} hash with or without its #
 * @returns {{x: number, y: number, z: number} | null}
 */
export function parse(hash) {
  const fields = new URLSearchParams(String(hash).replace(/^#/, ""));
  const x = cell(fields.get("x"));
  const y = cell(fields.get("y"));
  if (x === null || y === null) return null;
  const z = number(fields.get("z"));
  return { x, y, z: z === null || z <= 0 ? DEFAULT_SCALE : Math.min(MAX_SCALE, Math.max(MIN_SCALE, z)) };
}

export function format({ x, y, z }) {
  return `#x=${Math.floor(x)}&y=${Math.floor(y)}&z=${Number(z.toFixed(2))}`;
}

function cell(text) {
  const value = number(text);
  return value !== null && value >= 0 && value <= MAX_CELL ? Math.floor(value) : null;
}

function number(text) {
  return text !== null && NUMBER.test(text.trim()) ? Number(text) : null;
}
