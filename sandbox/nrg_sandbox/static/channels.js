// The lists at the left: servers, channels with their threads and the people in them, direct messages.

import * as api from "./api.js";
import { avatar, el, icon, toast } from "./dom.js";
import { after } from "./history.js";
import { channelTitle, member, nameOf } from "./people.js";
import { roveFocus } from "./popover.js";
import {
  CATEGORY,
  DIRECT_MESSAGE,
  FORUM,
  isSpoken,
  isThread,
  may,
  myId,
  NEWS,
  perFrame,
  STAGE,
  state,
  VOICE,
  watch,
} from "./store.js";
import { openThreads } from "./threads.js";
import { isUnread, mentionCount } from "./unread.js";

const MOST_THREADS = 6; // under one channel; the rest are in its list of threads
const list = document.getElementById("channel-list");
const rail = document.getElementById("servers");
let actions = {};

const SHAPES = {
  [DIRECT_MESSAGE]: "dm",
  [VOICE]: "voice",
  [STAGE]: "voice",
  [NEWS]: "news",
  [FORUM]: "forum",
};

/** The icon that stands for a channel. */
export const shapeOf = (one) => (isThread(one) ? "thread" : (SHAPES[one?.type] ?? "text"));

function badge(count) {
  return count ? el("span", { class: "badge", "aria-hidden": "true" }, count > 99 ? "99+" : count) : null;
}

/** "general, unread, 2 mentions": a channel's name with what is new in it. */
function label(one) {
  const entry = one.id !== state.channelId && state.unread.get(one.id);
  const words = [channelTitle(one)];
  if (entry) words.push("unread");
  if (entry?.mentions) words.push(`${entry.mentions} ${entry.mentions > 1 ? "mentions" : "mention"}`);
  return words.join(", ");
}

function row(one, ...below) {
  const entry = one.id !== state.channelId && state.unread.get(one.id);
  return el(
    "li",
    {},
    el(
      "div",
      { class: "channel-row" },
      el(
        "button",
        {
          type: "button",
          class: entry ? "channel unread" : "channel",
          "aria-current": one.id === state.channelId ? "page" : null,
          "aria-label": label(one),
          onclick: () => actions.onOpen(one.id),
        },
        icon(shapeOf(one)),
        el("span", { class: "clip" }, channelTitle(one)),
        entry ? badge(entry.mentions) : null,
      ),
      isSpoken(one) ? voiceButton(one) : null,
    ),
    ...below,
  );
}

function voiceButton(one) {
  const inside = state.voice.get(myId())?.channel_id === one.id;
  if (!inside && !may("CONNECT", one)) return null;
  const words = inside ? `Leave ${one.name}` : `Join ${one.name}`;
  return el(
    "button",
    {
      type: "button",
      class: inside ? "icon-button voice-button inside" : "icon-button voice-button",
      "aria-label": words,
      title: words,
      onclick: () => moveVoice(inside ? null : one.id),
    },
    icon(inside ? "leave" : "join"),
  );
}

/** Enters a voice channel, or leaves it with null. */
export function moveVoice(channelId) {
  return api.enterVoice(channelId).catch((problem) => toast(problem.message));
}

function listeners(one) {
  const here = [...state.voice.values()].filter((entry) => entry.channel_id === one.id);
  if (!here.length) return null;
  return el(
    "ul",
    { class: "listeners", "aria-label": `In ${one.name}` },
    here.map((entry) => {
      const user = member(entry.user_id)?.user ?? { id: entry.user_id, username: "somebody" };
      const silent = entry.mute || entry.self_mute;
      return el(
        "li",
        { class: "listener" },
        avatar(user, 20),
        el("span", { class: "clip" }, nameOf(user)),
        silent ? el("small", {}, "muted") : null,
      );
    }),
  );
}

function threads(parent) {
  const open = state.channels
    .filter((one) => isThread(one) && one.parent_id === parent.id)
    .sort((a, b) => (after(b.last_message_id ?? b.id, a.last_message_id ?? a.id) ? 1 : -1));
  if (!open.length) return null;
  const shown = open.slice(0, MOST_THREADS);
  const reading = open.find((one) => one.id === state.channelId);
  if (reading && !shown.includes(reading)) shown.push(reading);
  return el(
    "ul",
    { class: "threads", "aria-label": `Threads of ${parent.name}` },
    shown.map((one) => row(one)),
    open.length > shown.length
      ? el(
          "li",
          {},
          el(
            "button",
            {
              type: "button",
              class: "channel more",
              onclick: (event) => openThreads(event.currentTarget, parent, actions.onOpenThread),
            },
            `${open.length - shown.length} more threads`,
          ),
        )
      : null,
  );
}

const room = (one) => row(one, isSpoken(one) ? listeners(one) : threads(one));

function section(title, channels) {
  if (!channels.length) return [];
  return [el("h3", { class: "side-heading" }, title), el("ul", {}, channels.map(room))];
}

const byPlace = (a, b) => isSpoken(a) - isSpoken(b) || (a.position ?? 0) - (b.position ?? 0);

function drawList() {
  const rooms = state.channels.filter((one) => !isThread(one));
  const categories = rooms.filter((one) => one.type === CATEGORY).sort(byPlace);
  const names = new Set(categories.map((one) => one.id));
  const inside = rooms.filter((one) => one.type !== CATEGORY && one.type !== DIRECT_MESSAGE).sort(byPlace);
  const loose = inside.filter((one) => !names.has(one.parent_id));
  const focused = list.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
  document.getElementById("guild").textContent = state.me?.absent ? "Not a member" : state.guild.name;
  list.replaceChildren(
    ...section(
      "Text",
      loose.filter((one) => !isSpoken(one)),
    ),
    ...section("Voice", loose.filter(isSpoken)),
    ...categories.flatMap((one) =>
      section(
        one.name,
        inside.filter((other) => other.parent_id === one.id),
      ),
    ),
    ...section(
      "Direct messages",
      rooms.filter((one) => one.type === DIRECT_MESSAGE),
    ),
  );
  if (focused) {
    const again = [...list.querySelectorAll("button")].find(
      (one) => one.getAttribute("aria-label") === focused,
    );
    (again ?? list.querySelector('[aria-current="page"]'))?.focus();
  }
}

const initials = (name) =>
  name
    .split(/\s+/)
    .map((word) => [...word][0])
    .join("")
    .slice(0, 3);

function drawRail() {
  rail.hidden = state.guilds.length < 2;
  if (rail.hidden) return;
  const focused = rail.contains(document.activeElement);
  rail.replaceChildren(
    ...state.guilds.map((one) => {
      const here = one.id === state.guild.id;
      const count = mentionCount(one.id);
      const unread = !here && isUnread(one.id);
      return el(
        "button",
        {
          type: "button",
          class: unread ? "server unread" : "server",
          "aria-current": here ? "true" : null,
          "aria-label": `${one.name}${unread ? ", unread" : ""}${count ? `, ${count} mentions` : ""}`,
          title: one.name,
          onclick: () => (here ? null : actions.onServer(one.id)),
        },
        initials(one.name),
        badge(here ? 0 : count),
      );
    }),
  );
  if (focused) rail.querySelector('[aria-current="true"]')?.focus();
}

/** `onOpen(channelId)`, `onOpenThread(thread)`, `onServer(guildId)` open what was chosen. */
export function startChannels(handlers) {
  actions = handlers;
  roveFocus(list, ".channel");
  roveFocus(rail, ".server");
  watch(["channels", "members", "world", "channel", "unread", "voice"], perFrame(drawList));
  watch(["guilds", "world", "unread"], perFrame(drawRail));
}
