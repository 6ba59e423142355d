// The list of channels, and the head of the open one.

import { el, icon } from "./dom.js";
import { inline } from "./markdown.js";
import { channel, channelTitle, state, watch } from "./store.js";

const TEXT = 0,
  DIRECT_MESSAGE = 1,
  VOICE = 2,
  CATEGORY = 4;
const list = document.getElementById("channel-list");
const head = document.getElementById("room-head");

const shapeOf = (one) => ({ [DIRECT_MESSAGE]: "dm", [VOICE]: "voice" })[one.type] ?? "text";

function row(one, onOpen) {
  const unread = state.unread.has(one.id);
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: unread ? "channel unread" : "channel",
        "aria-current": one.id === state.channelId ? "page" : null,
        "aria-label": `${channelTitle(one)}${unread ? ", unread" : ""}`,
        onclick: () => onOpen(one.id),
      },
      icon(shapeOf(one)),
      el("span", { class: "clip" }, channelTitle(one)),
    ),
  );
}

function section(title, channels, onOpen) {
  return channels.length
    ? [
        el("h3", { class: "side-heading" }, title),
        el(
          "ul",
          {},
          channels.map((one) => row(one, onOpen)),
        ),
      ]
    : [];
}

function drawList(onOpen) {
  const ordered = state.channels
    .filter((one) => one.type !== CATEGORY)
    .sort((a, b) => (a.type === VOICE) - (b.type === VOICE) || (a.position ?? 0) - (b.position ?? 0));
  const rooms = ordered.filter((one) => one.type !== VOICE && one.type !== DIRECT_MESSAGE);
  const focusedId = list.contains(document.activeElement) ? state.channelId : null;
  document.getElementById("guild").textContent = state.guild.name;
  list.replaceChildren(
    ...section("Text", rooms, onOpen),
    ...section(
      "Voice",
      ordered.filter((one) => one.type === VOICE),
      onOpen,
    ),
    ...section(
      "Direct messages",
      ordered.filter((one) => one.type === DIRECT_MESSAGE),
      onOpen,
    ),
  );
  if (focusedId) list.querySelector('[aria-current="page"]')?.focus();
}

function drawHead() {
  const one = channel();
  if (!one) return;
  head.replaceChildren(
    el("h1", {}, icon(shapeOf(one)), el("span", { class: "clip" }, channelTitle(one))),
    one.topic ? el("p", { class: "topic clip" }, ...inline(one.topic)) : el("span"),
  );
  document.title = `${one.type === TEXT ? "#" : ""}${channelTitle(one)} · Sandbox · a local Discord`;
}

/** `onOpen(channelId)` opens a channel. */
export function startChannels(onOpen) {
  watch(["channels", "members", "world", "channel", "unread"], () => drawList(onOpen));
  watch(["channels", "members", "world", "channel"], drawHead);
}
