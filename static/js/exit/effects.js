/*
 * Small feasts: a flash where somebody painted, and confetti where we did.
 *
 * Owns what moves for its own sake. Nothing of it says anything that is not said elsewhere, so it may be
 * missing: with reduced motion, from far away, and when too much happens at once.
 */

const FLASH_MS = 700;
const MOST_FLASHES = 60;
const SMALLEST_CELL = 3; // CSS px; below, a flash would say more than the pixel
const CONFETTI_MS = 900;
const PIECES = 14;

export function createEffects() {
  let flashes = []; // {x, y, at}
  let confetti = null; // {x, y, hex, at, seq}
  let landedSeq = null;

  /** @returns {boolean} whether something moves */
  function draw(context, state, space, { repaint, now }) {
    if (state.reducedMotion) return false;
    remember(state, repaint, now);
    flashes = flashes.filter((flash) => now - flash.at < FLASH_MS);
    for (const flash of flashes) drawFlash(context, space, flash, (now - flash.at) / FLASH_MS);
    if (confetti !== null && now - confetti.at < CONFETTI_MS) {
      drawConfetti(context, space, confetti, (now - confetti.at) / CONFETTI_MS);
    } else {
      confetti = null;
    }
    return flashes.length > 0 || confetti !== null;
  }

  function remember(state, repaint, now) {
    const { landed, cells, view, board } = state;
    if (landed !== null && landed.seq !== landedSeq) {
      landedSeq = landed.seq;
      confetti = { ...landed, hex: board.palette[landed.color]?.hex ?? "#888888", at: now };
    }
    if (repaint === "all" || view.k < SMALLEST_CELL || repaint.length > MOST_FLASHES) return;
    for (const index of repaint) {
      flashes.push({ x: index % cells.width, y: Math.floor(index / cells.width), at: now });
    }
    if (flashes.length > MOST_FLASHES) flashes = flashes.slice(-MOST_FLASHES);
  }

  return { draw };
}

function drawFlash(context, space, { x, y }, p) {
  const left = space.edgeX(x);
  const top = space.edgeY(y);
  const size = space.edgeX(x + 1) - left;
  const grow = size * 0.55 * (1 - (1 - p) ** 3);
  context.globalAlpha = 0.8 * (1 - p);
  context.lineWidth = 2 * space.unit;
  context.strokeStyle = "#ffffff";
  context.strokeRect(left - grow, top - grow, size + 2 * grow, size + 2 * grow);
  context.globalAlpha = 0.35 * (1 - p) ** 2;
  context.fillStyle = "#ffffff";
  context.fillRect(left, top, size, size);
  context.globalAlpha = 1;
}

/** Pieces fly out evenly, turned by the golden angle, and fall a little; no randomness, no state. */
function drawConfetti(context, space, { x, y, hex }, p) {
  const size = Math.max(space.scale, 10 * space.unit);
  const middleX = (space.edgeX(x) + space.edgeX(x + 1)) / 2;
  const middleY = (space.edgeY(y) + space.edgeY(y + 1)) / 2;
  const out = 1 - (1 - p) ** 3;
  context.globalAlpha = Math.min(1, 2 * (1 - p));
  for (let i = 0; i < PIECES; i++) {
    const angle = i * 2.39996;
    const reach = (size * 0.6 + (30 + 6 * (i % 5)) * space.unit) * out;
    const piece = (4 + (i % 3) * 2) * space.unit * (1 - 0.4 * p);
    const px = middleX + Math.cos(angle) * reach - piece / 2;
    const py = middleY + Math.sin(angle) * reach + 26 * space.unit * p * p - piece / 2;
    context.fillStyle = i % 4 === 3 ? "#ffffff" : hex;
    context.fillRect(Math.round(px), Math.round(py), Math.round(piece), Math.round(piece));
  }
  context.globalAlpha = 1;
}
