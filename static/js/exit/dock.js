/*
 * The dock: the palette, the countdown and the Place button.
 */

import { clockFace, progress, remaining, spoken } from "../pure/cooldown.js";
import { colorName, isLight } from "../pure/palette.js";
import { whyNot } from "../state/derived.js";
import { byId, setAttribute, setData, setProperty, setText } from "./page.js";

/** More colours than this do not fit without scrolling; the style sheet shows half a row of what follows. */
const MANY = 40;

export function createDock() {
  const palette = byId("palette");
  const chosenName = byId("color-name");
  const cooldown = byId("cooldown");
  const face = byId("cooldown-face");
  const place = byId("place");
  const placeWord = byId("place-word");
  const placeDetail = byId("place-detail");
  let shown = null; // the palette that the swatches show
  let chosen = null;

  return function drawDock(state, now) {
    const { board } = state;
    if (board === null) return;
    if (shown !== board.palette) {
      shown = board.palette;
      chosen = undefined;
      palette.replaceChildren(...shown.map((_, index) => swatch(shown, index)));
      setData(palette, "many", shown.length > MANY);
    }
    if (chosen !== state.color) {
      chosen = state.color;
      choose(palette, chosen);
      setText(chosenName, chosen === null ? "No colour chosen" : colorName(shown, chosen));
    }
    drawCooldown(state, now);
    drawPlace(state, now);
  };

  function drawCooldown(state, now) {
    const { readyAt, total } = state.cooldown;
    const left = remaining(readyAt, now);
    const placing = state.player !== null && state.board.state === "open";
    setData(cooldown, "state", !placing ? "off" : left > 0 ? "waiting" : "ready");
    setText(face, !placing ? "–" : left > 0 ? clockFace(left) : "Ready");
    setAttribute(cooldown, "aria-label", left > 0 ? `Next pixel in ${spoken(left)}` : placing ? "Ready to place" : "No placing");
    setProperty(cooldown, "--progress", String(Math.round(progress(readyAt, total, now) * 1000) / 10));
  }

  function drawPlace(state, now) {
    const obstacle = whyNot(state, now);
    const { selected, pending, color } = state;
    setAttribute(place, "aria-disabled", obstacle !== null);
    setData(place, "why", obstacle === null ? null : obstacle.code);
    const [word, detail] = placeText(state, obstacle);
    setText(placeWord, word);
    setText(placeDetail, detail);
    const ink = pending?.color ?? color;
    setProperty(place, "--ink", ink === null || selected === null ? "transparent" : state.board.palette[ink].hex);
  }
}

function placeText(state, obstacle) {
  const { selected } = state;
  const where = selected === null ? "" : `at ${selected.x}, ${selected.y}`;
  switch (obstacle?.code) {
    case undefined:
      return ["Place", where];
    case "pending":
      return ["Placing…", `at ${state.pending.x}, ${state.pending.y}`];
    case "cooldown":
      return ["Wait", selected === null ? "for your next pixel" : `next: ${selected.x}, ${selected.y}`];
    case "no_color":
      return ["Place", "pick a colour"];
    case "no_cell":
      return ["Place", "pick a cell"];
    case "board_closed":
      return ["Closed", "just looking"];
    case "board_frozen":
      return ["Frozen", "for now"];
    case "unauthenticated":
      return ["Watching", "not a player"];
    case "loading":
      return ["Place", "loading…"];
    case "stopped":
      return ["Closed", "see above"];
    default:
      return ["Place", "not connected"];
  }
}

function swatch(palette, index) {
  const name = colorName(palette, index);
  const { hex } = palette[index];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swatch";
  button.dataset.color = index;
  button.setAttribute("role", "radio");
  button.setAttribute("aria-label", name);
  button.title = index < 9 ? `${name} (${index + 1})` : name;
  button.style.setProperty("--color", hex);
  button.style.setProperty("--check", isLight(hex) ? "#14161f" : "#ffffff");
  return button;
}

function choose(palette, chosen) {
  for (const button of palette.children) {
    const checked = Number(button.dataset.color) === chosen;
    setAttribute(button, "aria-checked", checked);
    // One stop for Tab in the whole group, as in any radio group.
    const stop = checked || (chosen === null && button === palette.firstElementChild);
    button.tabIndex = stop ? 0 : -1;
    if (checked) button.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
