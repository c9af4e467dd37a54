/*
 * The board as a picture, one canvas pixel per cell, never shown itself.
 *
 * Owns that canvas and keeps it equal to the cells, tile by tile. Refuses to know the camera.
 */

import { rgb } from "../pure/palette.js";

const TILE = 128;
const UNKNOWN_COLOR = 0xff808080; // a colour that the palette lost; grey, as ABGR

export function createPicture() {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false });
  let tile = null;
  let pixels = null; // the tile's ImageData as one number per pixel
  let palette = null;
  let colors = null;

  /** Brings the picture up to date. @param {"all" | number[]} repaint what changed since the last time */
  function update(board, cells, repaint) {
    let all = repaint === "all";
    if (canvas.width !== cells.width || canvas.height !== cells.height) {
      canvas.width = cells.width;
      canvas.height = cells.height;
      all = true;
    }
    if (palette !== board.palette) {
      palette = board.palette;
      colors = numbers(palette);
    }
    if (tile === null) {
      tile = context.createImageData(TILE, TILE);
      pixels = new Uint32Array(tile.data.buffer);
    }
    for (const [x, y] of all ? everyTile(cells) : tilesOf(repaint, cells)) paint(cells, x, y);
  }

  function paint(cells, left, top) {
    const width = Math.min(TILE, cells.width - left);
    const height = Math.min(TILE, cells.height - top);
    for (let row = 0; row < height; row++) {
      let from = (top + row) * cells.width + left;
      let to = row * TILE;
      for (const end = to + width; to < end; ) pixels[to++] = colors[cells.cells[from++]];
    }
    context.putImageData(tile, left, top, 0, 0, width, height);
  }

  return { canvas, update };
}

function* everyTile({ width, height }) {
  for (let y = 0; y < height; y += TILE) for (let x = 0; x < width; x += TILE) yield [x, y];
}

function* tilesOf(indexes, { width }) {
  const columns = Math.ceil(width / TILE);
  const tiles = new Set();
  for (const index of indexes) {
    const y = Math.floor(index / width);
    tiles.add(Math.floor(y / TILE) * columns + Math.floor((index - y * width) / TILE));
  }
  for (const tile of tiles) yield [(tile % columns) * TILE, Math.floor(tile / columns) * TILE];
}

/** Every value that a cell's byte can have, as the number that ImageData wants: little-endian RGBA. */
function numbers(palette) {
  const colors = new Uint32Array(256).fill(UNKNOWN_COLOR);
  palette.forEach(({ hex }, index) => {
    const color = rgb(hex);
    colors[index] = (0xff000000 | ((color & 0xff) << 16) | (color & 0xff00) | (color >>> 16)) >>> 0;
  });
  return colors;
}
