// A channel's pinned messages.

import * as api from "./api.js";
import { avatar, el, toast } from "./dom.js";
import { jumpTo } from "./log.js";
import { preview } from "./messages.js";
import { nameOf } from "./people.js";
import { openPanel, roveFocus } from "./popover.js";
import { timeElement } from "./time.js";

function row(message, onJump) {
  return el(
    "button",
    { type: "button", class: "menu-item", onclick: () => onJump(message) },
    avatar(message.author, 24),
    el("span", { class: "menu-label" }, nameOf(message.author)),
    timeElement(new Date(message.timestamp), "head", { class: "when" }),
    el("small", { class: "clip" }, preview(message)),
  );
}

/** Opens the list of what is pinned in a channel; one that is chosen is shown where it was said. */
export async function openPins(anchor, one) {
  const content = el("div", { class: "menu" }, el("p", { class: "menu-note" }, "Looking…"));
  const opened = openPanel(anchor, content, { label: "Pinned messages", className: "wide" });
  roveFocus(content, ".menu-item");
  try {
    const pinned = await api.getPins(one.id);
    const jump = (message) => {
      opened.close();
      jumpTo(message.id).catch((problem) => toast(problem.message));
    };
    content.replaceChildren(
      el("p", { class: "menu-heading" }, "Pinned messages"),
      ...(pinned.length
        ? pinned.map((message) => row(message, jump))
        : [el("p", { class: "menu-note" }, "Nothing is pinned here.")]),
    );
    content.querySelector(".menu-item")?.focus({ preventScroll: true });
    opened.place();
  } catch (problem) {
    opened.close();
    toast(problem.message);
  }
}
