/*
 * Where we are and what is there: coordinates, zoom, and who placed the selected pixel.
 */

import * as clock from "../pure/clock.js";
import { age } from "../pure/cooldown.js";
import { colorName } from "../pure/palette.js";
import { byId, setData, setHidden, setProperty, setText } from "./page.js";

/** Room that the panel of the selected cell needs, with air around it. CSS px. */
const PANEL = { width: 420, height: 84 };

export function createInfo() {
  const coordinates = byId("coordinates");
  const position = byId("position");
  const zoom = byId("zoom");
  const panel = byId("pixel-info");
  const color = byId("pixel-color");
  const place = byId("pixel-place");
  const story = byId("pixel-story");

  return function drawInfo(state, now) {
    const cell = state.hover ?? state.selected;
    setData(coordinates, "empty", cell === null);
    setText(position, cell === null ? "–, –" : `${cell.x}, ${cell.y}`);
    setText(zoom, state.board === null ? "" : `${scale(state.view.k)}×`);

    const { selected, cells, board } = state;
    setHidden(panel, selected === null || cells === null);
    if (selected === null || cells === null) return;
    const index = cells.colorAt(selected.x, selected.y);
    setProperty(color, "--color", board.palette[index]?.hex ?? "#808080");
    setText(place, `${colorName(board.palette, index)} at ${selected.x}, ${selected.y}`);
    setText(story, tell(state, now));
    setData(panel, "aside", isBelow(state));
  };
}

/** Whether the cell is where its panel usually stands: the middle, just above the dock. CSS px. */
function isBelow({ view, viewport, insets, selected }) {
  const x = (selected.x + 0.5) * view.k + view.x;
  const y = (selected.y + 0.5) * view.k + view.y;
  return y > viewport.height - insets.bottom - PANEL.height && Math.abs(x - viewport.width / 2) < PANEL.width / 2;
}

function tell({ inspected, selected, clock: serverClock }, now) {
  if (inspected === null || inspected.x !== selected.x || inspected.y !== selected.y) return "…";
  const { status, pixel } = inspected;
  if (status === "loading") return "…";
  if (status === "failed") return "Nobody could be asked who placed it";
  if (!pixel.placed_at) return "Untouched so far";
  const time = clock.toServer(serverClock, now) ?? Date.now();
  const when = age(time - Date.parse(pixel.placed_at));
  return pixel.player ? `by ${pixel.player.name}, ${when}` : `placed ${when}`;
}

function scale(k) {
  return k >= 10 ? String(Math.round(k)) : String(Number(k.toFixed(k >= 1 ? 1 : 2)));
}
