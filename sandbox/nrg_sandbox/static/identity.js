// Who this tab is: one of the members, or a new one.

import * as api from "./api.js";
import { avatar, el, icon, toast } from "./dom.js";
import { findPeople, listedMembers, nameOf } from "./people.js";
import { openPanel, roveFocus } from "./popover.js";
import { myId, state, watch } from "./store.js";

const switcher = document.getElementById("switcher");
const MAX_NAME = 32;
const MOST_SHOWN = 50;

function choice(user, onPick) {
  return el(
    "button",
    {
      type: "button",
      class: "menu-item",
      "aria-pressed": String(user.id === myId()),
      onclick: () => onPick(user),
    },
    avatar(user, 24),
    el("span", { class: "menu-label" }, nameOf(user)),
    el("span", { class: "menu-detail" }, `@${user.username}`),
  );
}

function openPicker(anchor, onChoose) {
  const pick = (user) => {
    opened.close();
    onChoose(user);
  };
  const list = el("div", { class: "menu", role: "group", "aria-label": "Members" });
  const fill = (members) =>
    list.replaceChildren(
      ...members
        .filter(({ user }) => !user.bot)
        .slice(0, MOST_SHOWN)
        .map(({ user }) => choice(user, pick)),
    );
  const name = el("input", {
    type: "text",
    maxlength: MAX_NAME,
    placeholder: "Find, or add somebody…",
    "aria-label": "Name of the new member",
    autocomplete: "off",
    spellcheck: "false",
    oninput: async () => {
      const words = name.value.trim();
      const found = words ? await findPeople(words).catch(() => []) : listedMembers();
      if (words === name.value.trim()) fill(found);
    },
  });
  const add = async (event) => {
    event.preventDefault();
    const wanted = name.value.trim();
    if (!wanted) {
      name.focus();
      return;
    }
    try {
      pick((await api.joinServer(wanted)).user);
    } catch (problem) {
      toast(problem.message);
    }
  };
  fill(listedMembers());
  const content = el(
    "div",
    {},
    el("p", { class: "menu-heading" }, "Who are you in this tab?"),
    list,
    el(
      "form",
      { class: "panel-foot new-member", onsubmit: add },
      name,
      el("button", { type: "submit", class: "button primary small" }, "Add"),
    ),
  );
  roveFocus(content, ".menu-item");
  const opened = openPanel(anchor, content, { label: "Choose who you are" });
  (list.querySelector('[aria-pressed="true"]') ?? name).focus({ preventScroll: true });
}

/** `onChoose(user)` makes this tab another member's. */
export function startIdentity(onChoose) {
  watch(["members", "world"], () => {
    const me = state.me.user;
    const button = el(
      "button",
      {
        type: "button",
        class: "you",
        "aria-haspopup": "dialog",
        "aria-expanded": "false",
        "aria-label": `You are ${nameOf(me)}. Change`,
        onclick: (event) => openPicker(event.currentTarget, onChoose),
      },
      avatar(me, 32),
      el("span", { class: "you-text" }, el("small", {}, "You are"), el("strong", {}, nameOf(me))),
      icon("down"),
    );
    const focused = switcher.contains(document.activeElement);
    switcher.replaceChildren(button);
    if (focused) button.focus();
  });
}
