// Ctrl+K: to any channel, thread or server by a few letters of its name.

import { shapeOf } from "./channels.js";
import { el, icon } from "./dom.js";
import { channelTitle } from "./people.js";
import { CATEGORY, channel, isThread, state } from "./store.js";
import { Suggestions } from "./suggestions.js";

function places() {
  const rooms = state.channels
    .filter((one) => one.type !== CATEGORY)
    .map((one) => ({
      label: channelTitle(one),
      detail: isThread(one) ? `thread in ${channelTitle(channel(one.parent_id))}` : "",
      picture: icon(shapeOf(one)),
      unread: state.unread.has(one.id),
      channelId: one.id,
    }));
  const servers = state.guilds
    .filter((one) => one.id !== state.guild.id)
    .map((one) => ({ label: one.name, detail: "server", picture: icon("members"), serverId: one.id }));
  return [...rooms, ...servers];
}

/** The places whose names hold the words; unread ones first, then those that begin so. */
function matching(words) {
  const lower = words.trim().toLowerCase();
  const rank = (one) => 2 * Number(!one.unread) + Number(!one.label.toLowerCase().startsWith(lower));
  return places()
    .filter((one) => one.label.toLowerCase().includes(lower))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, 12);
}

function open({ onOpen, onServer }) {
  const list = el("div", { class: "quick-list" });
  const suggestions = new Suggestions(list);
  const go = (place) => {
    dialog.close();
    if (place.serverId) onServer(place.serverId);
    else onOpen(place.channelId);
  };
  const show = () =>
    suggestions.show(input, matching(input.value), { onPick: go, note: "No place has such a name." });
  const input = el("input", {
    type: "text",
    role: "combobox",
    "aria-label": "Go to",
    "aria-expanded": "false",
    placeholder: "Where to?",
    autocomplete: "off",
    oninput: show,
    onkeydown: (event) => suggestions.takeKey(event),
  });
  const dialog = el(
    "dialog",
    {
      class: "quick",
      "aria-label": "Go to a channel",
      onclose: () => dialog.remove(),
      onclick: (event) => event.target === dialog && dialog.close(),
    },
    el("div", { class: "quick-body" }, input, list),
  );
  document.body.append(dialog);
  dialog.showModal();
  show();
}

/** `onOpen(channelId)` and `onServer(guildId)` open what was chosen. */
export function startQuickSwitcher(handlers) {
  addEventListener("keydown", (event) => {
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]"))
      return;
    event.preventDefault();
    open(handlers);
  });
}
