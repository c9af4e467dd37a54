/*
 * The keyboard: the whole game without a pointer.
 *
 * Owns which key means what. A key belongs to the control that has the focus first (Enter on a button presses
 * the button, arrows in the palette choose), and to the board otherwise. Refuses to act with a modifier: those
 * are the browser's.
 */

import * as cursor from "../actions/cursor.js";
import { chooseColor, pickColor, place, stepColor } from "../actions/place.js";
import { showHelp, showHint } from "../actions/say.js";
import { fitBoard, zoomStep } from "../actions/view.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ZOOM_STEP = 1.5;
const BIG_STEP = 10;
/** Two digits within this time are one number: 1 and then 2 is colour 12. */
const DIGIT_MS = 700;

export function listenToKeyboard(state, { now, newId, copyLink }) {
  let typed = ""; // digits so far
  let typedAt = -Infinity;

  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || state.help || isText(event.target)) return;
    if (press(event)) event.preventDefault();
  });

  /** @returns {boolean} whether the key was ours */
  function press(event) {
    const { key, target } = event;
    if (key in ARROWS) {
      if (target.closest?.("#palette")) return false;
      const [dx, dy] = ARROWS[key];
      const step = event.shiftKey ? BIG_STEP : 1;
      cursor.moveCursor(state, dx * step, dy * step, now());
      return true;
    }
    if (key === "Enter" || key === " ") {
      if (isControl(target) || event.repeat) return false;
      place(state, { now: now(), id: newId() });
      return true;
    }
    if (/^\d$/.test(key)) return digit(key);
    switch (key) {
      case "+":
      case "=":
        zoomStep(state, ZOOM_STEP, focus(), now());
        return true;
      case "-":
      case "_":
        zoomStep(state, 1 / ZOOM_STEP, focus(), now());
        return true;
      case "[":
        stepColor(state, -1);
        return true;
      case "]":
        stepColor(state, 1);
        return true;
      case "Escape":
        if (state.hint) showHint(state, false);
        else cursor.letGo(state);
        return true;
      case "?":
        showHelp(state, true);
        return true;
      default:
        return letter(key.toLowerCase());
    }
  }

  function letter(key) {
    if (key === "g") cursor.toggleGrid(state);
    else if (key === "i") pickColor(state);
    else if (key === "c") copyLink();
    else return false;
    return true;
  }

  /** 1 to 9 choose a colour by its number; 0 alone shows the whole board, behind another digit it is a zero. */
  function digit(key) {
    const time = now();
    const pairs = time - typedAt < DIGIT_MS ? typed + key : key;
    const colors = state.board?.palette.length ?? 0;
    typed = Number(pairs) >= 1 && Number(pairs) <= colors ? pairs : key;
    typedAt = time;
    if (typed === "0") {
      typed = "";
      fitBoard(state, time);
    } else if (Number(typed) <= colors) {
      chooseColor(state, Number(typed) - 1);
    }
    return true;
  }

  /** Zoom keys keep the cell cursor in place, when there is one in sight. */
  function focus() {
    const { selected, view, viewport } = state;
    if (selected === null) return null;
    const x = (selected.x + 0.5) * view.k + view.x;
    const y = (selected.y + 0.5) * view.k + view.y;
    return x >= 0 && y >= 0 && x <= viewport.width && y <= viewport.height ? [x, y] : null;
  }
}

function isText(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target.isContentEditable;
}

function isControl(target) {
  return target instanceof HTMLElement && target.closest("button, a, [role=radio]") !== null;
}
