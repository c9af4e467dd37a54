/*
 * The board on the screen: what is seen of the picture, sharp at every density of pixels, and the marks on it.
 *
 * Owns #board's bitmap and #sheet, the paper with its shadow under the board. Draws in device pixels, because
 * only they are sharp. Refuses to change the state.
 */

import { takeRepaint } from "../actions/sync.js";
import { visibleCells } from "../state/derived.js";
import { createEffects } from "./effects.js";
import { createMarks } from "./marks.js";
import { createPicture } from "./picture.js";

/** The sheet ends this far outside the window; browsers do not love boxes of a hundred thousand pixels. */
const BEYOND = 120;

export function createRenderer(canvas, sheet) {
  const context = canvas.getContext("2d");
  const picture = createPicture();
  const marks = createMarks();
  const effects = createEffects();

  return function render(state, now) {
    const { board, cells, viewport } = state;
    if (board === null || viewport.width === 0) return false;
    layPaper(sheet, state);
    if (cells === null) return false;

    const repaint = takeRepaint(state);
    if (repaint === "all" || repaint.length > 0) picture.update(board, cells, repaint);
    matchDensity(canvas, viewport);
    const space = deviceSpace(state);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    drawPicture(context, picture.canvas, space);
    const marksMove = marks.draw(context, state, space, now);
    const effectsMove = effects.draw(context, state, space, { repaint, now });
    return marksMove || effectsMove;
  };
}

function matchDensity(canvas, { width, height, ratio }) {
  const w = Math.round(width * ratio);
  const h = Math.round(height * ratio);
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
}

/**
 * From cells to device pixels: edge(i) is a whole device pixel, so cells, grid and marks meet exactly.
 * `unit` is one CSS pixel in device pixels.
 */
function deviceSpace(state) {
  const { view, viewport } = state;
  const scale = view.k * viewport.ratio;
  const left = Math.round(view.x * viewport.ratio);
  const top = Math.round(view.y * viewport.ratio);
  return {
    scale,
    unit: viewport.ratio,
    edgeX: (x) => Math.round(left + x * scale),
    edgeY: (y) => Math.round(top + y * scale),
    left,
    top,
    visible: visibleCells({ ...state, board: state.cells }),
  };
}

function drawPicture(context, picture, { scale, left, top, visible }) {
  const [x0, y0, x1, y1] = visible;
  if (x1 <= x0 || y1 <= y0) return;
  // Zoomed out, a screen pixel is the mean of several cells; zoomed in, a cell is a hard square.
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, x0, y0, x1 - x0, y1 - y0, left + x0 * scale, top + y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
}

function layPaper(sheet, { board, view, viewport, cells }) {
  const left = Math.max(-BEYOND, view.x);
  const top = Math.max(-BEYOND, view.y);
  const right = Math.min(viewport.width + BEYOND, view.x + board.width * view.k);
  const bottom = Math.min(viewport.height + BEYOND, view.y + board.height * view.k);
  sheet.style.transform = `translate(${left}px, ${top}px)`;
  sheet.style.width = `${Math.max(0, right - left)}px`;
  sheet.style.height = `${Math.max(0, bottom - top)}px`;
  const loading = String(cells === null);
  if (sheet.dataset.loading !== loading) sheet.dataset.loading = loading;
}
