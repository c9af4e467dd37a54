/*
 * The marks on the board: grid, the cell under the mouse, the cell cursor, the pixel that waits for its answer.
 *
 * Owns how they look. A mark must be seen on every colour, so each is drawn light on dark. The unconfirmed
 * pixel looks like nothing that is on the board: smaller than its cell, with a marching edge.
 */

import { whyNot } from "../state/derived.js";

const GRID_FROM = 12; // CSS px per cell
const GRID_FULL = 24;
const SNAP_MS = 160;
const SMALLEST_MARK = 15; // CSS px: the cursor stays visible from far away
const MARCH_MS = 700;
const LIGHT = "#ffffff";
const DARK = "#14161f";

export function createMarks() {
  let selected = null;
  let selectedAt = -Infinity;

  /** @returns {boolean} whether something moves */
  function draw(context, state, space, now) {
    drawGrid(context, state, space);
    const { pending, hover, color, board } = state;
    const obstacle = whyNot(state, now);
    const paint = color === null ? null : board.palette[color].hex;
    // Hovering promises nothing that the server would refuse at once.
    const promising = obstacle === null || obstacle.code === "no_cell";
    if (hover !== null && state.glide === null) drawHover(context, space, hover, promising ? paint : null);

    if (state.selected !== selected) {
      selected = state.selected;
      selectedAt = now;
    }
    const snap = state.reducedMotion ? 1 : Math.min(1, (now - selectedAt) / SNAP_MS);
    if (pending !== null) drawPending(context, space, pending, board, state.reducedMotion ? 0 : now);
    if (selected !== null) {
      const own = pending !== null && pending.x === selected.x && pending.y === selected.y;
      drawCursor(context, space, selected, own ? null : paint, snap);
    }
    return (selected !== null && snap < 1) || (pending !== null && !state.reducedMotion);
  }

  return { draw };
}

function drawGrid(context, { grid, view }, space) {
  if (!grid || view.k < GRID_FROM) return;
  const [x0, y0, x1, y1] = space.visible;
  const strength = Math.min(1, (view.k - GRID_FROM) / (GRID_FULL - GRID_FROM));
  const line = Math.max(1, Math.round(space.unit / 2));
  context.fillStyle = `rgba(120, 124, 140, ${0.12 + 0.2 * strength})`;
  const top = space.edgeY(y0);
  const left = space.edgeX(x0);
  const height = space.edgeY(y1) - top;
  const width = space.edgeX(x1) - left;
  for (let x = x0 + 1; x < x1; x++) context.fillRect(space.edgeX(x), top, line, height);
  for (let y = y0 + 1; y < y1; y++) context.fillRect(left, space.edgeY(y), width, line);
}

function drawHover(context, space, cell, paint) {
  const box = cellBox(space, cell);
  if (paint !== null) {
    context.globalAlpha = 0.65;
    context.fillStyle = paint;
    context.fillRect(box.x, box.y, box.size, box.size);
    context.globalAlpha = 1;
  }
  if (box.size >= 4 * space.unit) frame(context, box, space.unit, 0.75);
}

/** Four corners around the cell, and inside, what Place would paint. They close in when the cell changes. */
function drawCursor(context, space, cell, paint, snap) {
  const box = cellBox(space, cell);
  if (paint !== null) {
    context.fillStyle = paint;
    context.fillRect(box.x, box.y, box.size, box.size);
  }
  const { unit } = space;
  const least = SMALLEST_MARK * unit;
  const ease = 1 - (1 - snap) ** 3;
  const reach = Math.max(box.size, least) * (1 + 0.9 * (1 - ease));
  const x = box.x + (box.size - reach) / 2;
  const y = box.y + (box.size - reach) / 2;
  const arm = Math.max(4 * unit, reach * 0.32);
  context.globalAlpha = 0.3 + 0.7 * ease;
  context.lineJoin = "miter";
  corners(context, x, y, reach, arm, 5 * unit, DARK);
  corners(context, x, y, reach, arm, 2.5 * unit, LIGHT);
  context.globalAlpha = 1;
}

function corners(context, x, y, size, arm, width, color) {
  const r = x + size;
  const b = y + size;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineCap = "square";
  context.beginPath();
  context.moveTo(x, y + arm);
  context.lineTo(x, y);
  context.lineTo(x + arm, y);
  context.moveTo(r - arm, y);
  context.lineTo(r, y);
  context.lineTo(r, y + arm);
  context.moveTo(r, b - arm);
  context.lineTo(r, b);
  context.lineTo(r - arm, b);
  context.moveTo(x + arm, b);
  context.lineTo(x, b);
  context.lineTo(x, b - arm);
  context.stroke();
}

function drawPending(context, space, pending, board, now) {
  const box = cellBox(space, pending);
  const { unit } = space;
  const size = Math.max(box.size, SMALLEST_MARK * unit);
  const breath = now === 0 ? 0.6 : 0.56 + 0.1 * Math.sin((now / MARCH_MS) * 2 * Math.PI);
  const inner = size * breath;
  const x = box.x + (box.size - inner) / 2;
  const y = box.y + (box.size - inner) / 2;
  context.fillStyle = board.palette[pending.color]?.hex ?? DARK;
  context.fillRect(x, y, inner, inner);
  context.lineWidth = 2 * unit;
  const dash = Math.max(2 * unit, inner / 6);
  for (const [color, turn] of [
    [LIGHT, 0],
    [DARK, dash],
  ]) {
    context.setLineDash([dash, dash]);
    context.lineDashOffset = turn - (now / MARCH_MS) * dash * 2;
    context.strokeStyle = color;
    context.strokeRect(x, y, inner, inner);
  }
  context.setLineDash([]);
}

function frame(context, { x, y, size }, unit, alpha) {
  context.globalAlpha = alpha;
  context.lineWidth = unit;
  context.strokeStyle = DARK;
  context.strokeRect(x - unit / 2, y - unit / 2, size + unit, size + unit);
  context.strokeStyle = LIGHT;
  context.strokeRect(x + unit / 2, y + unit / 2, size - unit, size - unit);
  context.globalAlpha = 1;
}

function cellBox({ edgeX, edgeY }, { x, y }) {
  const left = edgeX(x);
  const top = edgeY(y);
  return { x: left, y: top, size: Math.max(1, edgeX(x + 1) - left) };
}
