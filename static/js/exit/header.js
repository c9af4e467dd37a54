/*
 * The header: title, the true state of the connection, who is here; and the tab's title.
 */

import { clockFace, remaining } from "../pure/cooldown.js";
import { CONNECTION, connectionState } from "../state/derived.js";
import { byId, setAttribute, setData, setHidden, setText } from "./page.js";

const WORDS = {
  [CONNECTION.CONNECTING]: ["Connecting", "Opening the connection."],
  [CONNECTION.LIVE]: ["Live", "You see every pixel as it is placed."],
  [CONNECTION.BEHIND]: ["Catching up", "Loading the pixels that are missing here."],
  [CONNECTION.RECONNECTING]: ["Reconnecting", "The connection was lost. What you see may be old."],
  [CONNECTION.OFFLINE]: ["Offline", "No connection. What you see may be old. Press to try now."],
  [CONNECTION.STOPPED]: ["Disconnected", ""],
};

const LOADING = ["Loading", "Loading the board."];

export function createHeader(page) {
  const title = byId("title");
  const connection = byId("connection");
  const word = byId("connection-word");
  const online = byId("online");
  const onlineCount = byId("online-count");
  const banner = byId("board-state");

  return function drawHeader(state, now) {
    const { board } = state;
    const name = connectionState(state);
    const [label, explanation] = name === CONNECTION.BEHIND && state.cells === null ? LOADING : WORDS[name];
    const wait = state.connection.retryAt === null ? 0 : Math.ceil((state.connection.retryAt - now) / 1000);
    setData(connection, "state", name);
    setText(word, wait >= 2 ? `${label} · ${wait} s` : label);
    const why = state.connection.reason ?? explanation;
    setAttribute(connection, "title", wait >= 2 ? `${why} Next try in ${wait} s.` : why);
    setAttribute(connection, "aria-label", `Connection: ${label}. ${why}`);

    setHidden(online, state.online === null);
    if (state.online !== null) {
      setText(onlineCount, state.online.toLocaleString("en"));
      setAttribute(online, "aria-label", `${state.online} online`);
    }
    const news = boardNews(state);
    setHidden(banner, news === null);
    if (news !== null) setText(banner, news);
    if (board === null) return;
    setText(title, board.title);

    const left = remaining(state.cooldown.readyAt, now);
    const tab = left > 0 ? `${clockFace(left)} · ${board.title}` : `${board.title} · placesite`;
    if (page.title !== tab) page.title = tab;
  };
}

/** What stays true and must be told plainly, or null when all is as usual. */
function boardNews({ board, connection }) {
  if (connection.stopped) return connection.reason;
  if (board?.state === "frozen") return "This board is frozen: nobody can place right now.";
  if (board?.state === "closed") return "This board is closed. You can look around.";
  return null;
}
