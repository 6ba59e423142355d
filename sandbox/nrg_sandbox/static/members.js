// Who is here, and who you are.

import * as api from "./api.js";
import { avatar, el, icon, toast } from "./dom.js";
import { openUserMenu } from "./menus.js";
import { openPanel, roveFocus } from "./popover.js";
import { colourOf, myId, nameOf, role, state, watch } from "./store.js";

const memberList = document.getElementById("member-list");
const switcher = document.getElementById("switcher");
const MAX_NAME = 32;

function roleTags(ids) {
  const tags = ids
    .map(role)
    .filter((one) => one && one.id !== state.guild.id && !one.managed)
    .sort((a, b) => b.position - a.position);
  return tags.length
    ? el(
        "span",
        { class: "roles" },
        tags.map((one) =>
          el(
            "span",
            {
              class: "role",
              style: one.color ? { "--role": `#${one.color.toString(16).padStart(6, "0")}` } : {},
            },
            one.name,
          ),
        ),
      )
    : null;
}

function row(one) {
  const { user } = one;
  const colour = colourOf(user.id);
  const state_ = user.bot
    ? el("span", {
        class: state.botOnline ? "presence online" : "presence",
        title: state.botOnline ? "online" : "offline",
      })
    : null;
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: "member",
        "aria-haspopup": "menu",
        onclick: (event) => openUserMenu(event.currentTarget, user),
        oncontextmenu: (event) => {
          event.preventDefault();
          openUserMenu(event.currentTarget, user, { x: event.clientX, y: event.clientY });
        },
      },
      el("span", { class: "avatar-box" }, avatar(user, 32), state_),
      el(
        "span",
        { class: "member-text" },
        el(
          "span",
          { class: "member-name", style: colour ? { "--role": colour } : {} },
          nameOf(user),
          user.bot ? el("span", { class: "bot-tag" }, "BOT") : null,
          user.id === myId() ? el("small", {}, " you") : null,
        ),
        roleTags(one.roles ?? []),
      ),
    ),
  );
}

function drawMembers() {
  const bots = state.members.filter(({ user }) => user.bot);
  if (state.bot && !bots.some(({ user }) => user.id === state.bot.id))
    bots.unshift({ user: { ...state.bot, bot: true }, roles: [] });
  const people = state.members
    .filter(({ user }) => !user.bot)
    .sort((a, b) => nameOf(a.user).localeCompare(nameOf(b.user)));
  memberList.replaceChildren(
    el("h3", { class: "side-heading" }, `Members · ${people.length}`),
    el("ul", {}, people.map(row)),
    el("h3", { class: "side-heading" }, bots.length === 1 ? "Bot" : "Bots"),
    el("ul", {}, bots.map(row)),
  );
}

function memberPicker(anchor, onChoose) {
  const people = state.members.filter(({ user }) => !user.bot);
  const name = el("input", {
    type: "text",
    maxlength: MAX_NAME,
    placeholder: "New member…",
    "aria-label": "Name of the new member",
    autocomplete: "off",
    spellcheck: "false",
  });
  const add = async (event) => {
    event.preventDefault();
    const wanted = name.value.trim();
    if (!wanted) {
      name.focus();
      return;
    }
    try {
      const made = await api.addMember(wanted);
      opened.close();
      onChoose(made.user);
    } catch (problem) {
      toast(problem.message);
    }
  };
  const list = el(
    "div",
    { class: "menu", role: "group", "aria-label": "Members" },
    people.map(({ user }) =>
      el(
        "button",
        {
          type: "button",
          class: "menu-item",
          "aria-pressed": String(user.id === myId()),
          onclick: () => {
            opened.close();
            onChoose(user);
          },
        },
        avatar(user, 24),
        el("span", { class: "menu-label" }, nameOf(user)),
        el("span", { class: "menu-detail" }, `@${user.username}`),
      ),
    ),
  );
  roveFocus(list, ".menu-item");
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
  const opened = openPanel(anchor, content, { label: "Choose who you are" });
  (list.querySelector('[aria-pressed="true"]') ?? name).focus({ preventScroll: true });
}

/** `onChoose(user)` makes this tab another member's. */
export function startMembers(onChoose) {
  const drawSwitcher = () => {
    const me = state.me.user;
    const button = el(
      "button",
      {
        type: "button",
        class: "you",
        "aria-haspopup": "dialog",
        "aria-expanded": "false",
        onclick: (event) => memberPicker(event.currentTarget, onChoose),
      },
      avatar(me, 32),
      el("span", { class: "you-text" }, el("small", {}, "You are"), el("strong", {}, nameOf(me))),
      icon("down"),
    );
    button.setAttribute("aria-label", `You are ${nameOf(me)}. Change`);
    const focused = switcher.contains(document.activeElement);
    switcher.replaceChildren(button);
    if (focused) button.focus();
  };
  watch(["members", "world", "bot"], drawMembers);
  watch(["members", "world"], drawSwitcher);
}
