/*
 * Toast, notice, hint, help, and the one voice for screen readers.
 *
 * Owns that everything is said once: the toast is for the eye only, the announcer for the ear only.
 */

import { byId, setData, setHidden, setText } from "./page.js";

export function createMessages() {
  const toast = byId("toast");
  const toastText = byId("toast-text");
  const notice = byId("notice");
  const noticeText = byId("notice-text");
  const hint = byId("hint");
  const help = byId("help");
  const announcer = byId("announcer");
  let said = 0;
  let toasted = null;

  return function drawMessages(state) {
    setHidden(toast, state.toast === null);
    if (state.toast !== null && state.toast.serial !== toasted) {
      toasted = state.toast.serial;
      setText(toastText, state.toast.text);
      setData(toast, "tone", state.toast.tone);
      restartAnimation(toast);
    }
    setHidden(notice, state.notice === null);
    if (state.notice !== null) {
      setText(noticeText, state.notice.text);
      setData(notice, "level", state.notice.level);
    }
    setHidden(hint, !state.hint);
    if (state.help && !help.open) help.showModal();
    if (!state.help && help.open) help.close();
    if (state.announcement.serial !== said) {
      said = state.announcement.serial;
      announcer.textContent = "";
      // A repeated sentence is only heard again as a new node.
      announcer.append(document.createTextNode(state.announcement.text));
    }
  };
}

function restartAnimation(element) {
  element.classList.remove("arriving");
  void element.offsetWidth; // makes the browser see the class gone
  element.classList.add("arriving");
}
