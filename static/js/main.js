/*
 * Puts the page together: entrance → actions → state → exit.
 *
 * Owns the order of the beginning and the wiring, and nothing that happens later. All time inside is
 * performance.now(), which neither jumps nor runs back.
 */

import { createCopyLink } from "./entrance/clipboard.js";
import { listenToControls } from "./entrance/controls.js";
import { createHttp } from "./entrance/http.js";
import { watchSelection } from "./entrance/inspector.js";
import { listenToKeyboard } from "./entrance/keyboard.js";
import { createLoader } from "./entrance/loader.js";
import { recall } from "./entrance/memory.js";
import { listenToPointer } from "./entrance/pointer.js";
import { createSocket } from "./entrance/socket.js";
import { listenToSurroundings } from "./entrance/surroundings.js";
import { listenToTouch } from "./entrance/touch.js";
import { listenToWheel } from "./entrance/wheel.js";
import { createAddress } from "./exit/address.js";
import { createDock } from "./exit/dock.js";
import { createHeader } from "./exit/header.js";
import { createInfo } from "./exit/info.js";
import { startLoop } from "./exit/loop.js";
import { createMessages } from "./exit/messages.js";
import { createRenderer } from "./exit/render.js";
import { guess } from "./pure/clock.js";
import { uuid } from "./pure/uuid.js";
import { createState } from "./state/state.js";

const { slug } = document.body.dataset;
const canvas = document.getElementById("board");
const now = () => performance.now();
const random = () => Math.random();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const newId = () => uuid();

const state = createState({ slug, clock: guess(Date.now(), now()) });
const http = createHttp(slug, { fetch: (...args) => fetch(...args), now });
const loader = createLoader(state, { http, pause, random });
const socket = createSocket(state, { slug, http, loader, now, random });
const copyLink = createCopyLink(state, { now });

startLoop(
  state,
  [
    createRenderer(canvas, document.getElementById("sheet")),
    createHeader(document),
    createDock(),
    createInfo(),
    createMessages(),
    createAddress(state),
  ],
  { now },
);

recall(state);
listenToSurroundings(canvas, state, { now, wake: socket.wake });
listenToPointer(canvas, state, { now, newId });
listenToTouch(canvas, state, { now, newId });
listenToWheel(canvas, state, { now });
listenToKeyboard(state, { now, newId, copyLink });
listenToControls(state, { now, newId, copyLink, reconnect: socket.wake, canvas });
watchSelection(state, { http });
socket.open();

document.body.dataset.started = "";

// For browser tests and the curious: to look at, not to touch.
window.placesite = Object.freeze({ version: 1, state: () => state });
