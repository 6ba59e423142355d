// The list of messages: what stands in it, and how it scrolls.

import { arrange, avatar, el, icon } from "./dom.js";
import { dismiss } from "./interactions.js";
import { isEphemeral, messageNode } from "./messages.js";
import { channel, channelTitle, dropMessage, myId, nameOf, state, watch } from "./store.js";
import { dayKey, longDay, refreshTimes } from "./time.js";

const GROUP_FOR = 7 * 60_000; // within this, the same author's messages stand under one head
const NEAR_BOTTOM = 60; // px

const log = document.getElementById("log");
const list = document.getElementById("messages");
const jump = document.getElementById("jump");
const live = document.getElementById("live");

let drawn = new Map(); // message id → {message, signature, node}
let dividers = new Map(); // day → node
let waiting = new Map(); // interaction id → {failed, node}
let dismissed = new Set();
let stuck = true; // the bottom is kept in view
let settled = false; // the channel has been drawn once: from now on the bottom is followed smoothly
let lastTop = 0;
let missed = 0;
let shownChannel = null;
let actions = {};

function grouped(message, before) {
  return (
    Boolean(before) &&
    before.author.id === message.author.id &&
    !message.interaction_metadata?.name &&
    message.type === 0 &&
    [0, 19, 20].includes(before.type) &&
    isEphemeral(before) === isEphemeral(message) &&
    new Date(message.timestamp) - new Date(before.timestamp) < GROUP_FOR
  );
}

/** What besides the message itself its picture depends on. */
function signatureOf(message, inGroup) {
  const pressed = [...state.pending.values()]
    .filter((one) => one.messageId === message.id)
    .map((one) => `${one.customId}${one.failed ?? ""}`);
  return `${inGroup} ${pressed.join()}`;
}

function drawMessage(message, inGroup) {
  const signature = signatureOf(message, inGroup);
  const known = drawn.get(message.id);
  if (known && known.message === message && known.signature === signature) return known.node;
  const node = messageNode(message, inGroup, actions);
  drawn.set(message.id, { message, signature, node });
  return node;
}

function divider(day, date) {
  if (!dividers.has(day))
    dividers.set(day, el("li", { class: "divider", role: "separator" }, el("span", {}, longDay(date))));
  return dividers.get(day);
}

/** The line of a command that waits for its answer, or never got one. */
function waitingNode(id, entry) {
  const known = waiting.get(id);
  if (known && known.failed === entry.failed) return known.node;
  const bot = state.bot;
  const node = el(
    "li",
    { class: "message ephemeral" },
    el(
      "p",
      { class: "context" },
      avatar(state.me.user, 16),
      el("strong", {}, nameOf(state.me.user)),
      " used ",
      el("span", { class: "mention" }, entry.label),
    ),
    avatar(bot),
    el(
      "div",
      { class: "message-main" },
      el(
        "p",
        { class: "message-head" },
        el("span", { class: "author" }, nameOf(bot)),
        el("span", { class: "bot-tag" }, "BOT"),
      ),
      entry.failed
        ? [
            el("p", { class: "failure" }, "The application did not respond"),
            el(
              "p",
              { class: "private" },
              icon("eye"),
              "Only you can see this · ",
              el("button", { type: "button", class: "text-button", onclick: () => dismiss(id) }, "Dismiss"),
            ),
          ]
        : el("p", { class: "thinking" }, "Sending the command…"),
    ),
  );
  waiting.set(id, { failed: entry.failed, node });
  return node;
}

function exampleCommand() {
  const names = state.commands.filter((one) => (one.type ?? 1) === 1).map((one) => one.name);
  return names.includes("checkin") ? "checkin" : names.includes("help") ? "help" : names[0];
}

function emptyNode() {
  const one = channel();
  const example = exampleCommand();
  const hints = {
    1: "What the bot writes to you alone arrives here.",
    2: "A voice channel: nothing is spoken here, but its place in the list is real.",
  };
  return el(
    "li",
    { class: "empty" },
    el("span", { class: "empty-mark" }, icon(one?.type === 1 ? "dm" : one?.type === 2 ? "voice" : "text")),
    el("h2", {}, one?.type === 1 ? channelTitle(one) : `Welcome to #${channelTitle(one)}`),
    el("p", {}, hints[one?.type] ?? "Nothing has been said yet."),
    example && one?.type !== 2
      ? el(
          "p",
          {},
          "Type ",
          el(
            "button",
            { type: "button", class: "try", onclick: () => actions.onTry(`/${example}`) },
            `/${example}`,
          ),
          " to talk to the bot, or just say hello.",
        )
      : one?.type === 2
        ? null
        : el(
            "p",
            {},
            state.botOnline
              ? "The bot has no commands yet."
              : "Once the bot is running, type / to see its commands.",
          ),
  );
}

function draw() {
  const messages = (state.messages.get(state.channelId) ?? []).filter((one) => !dismissed.has(one.id));
  const nodes = [];
  let before = null;
  for (const message of messages) {
    const date = new Date(message.timestamp);
    const newDay = !before || dayKey(date) !== dayKey(new Date(before.timestamp));
    if (newDay) nodes.push(divider(dayKey(date), date));
    nodes.push(drawMessage(message, !newDay && grouped(message, before)));
    before = message;
  }
  for (const [id, entry] of state.pending) {
    if (entry.kind === "command" && entry.channelId === state.channelId) nodes.push(waitingNode(id, entry));
  }
  const loaded = state.messages.has(state.channelId);
  arrange(list, nodes.length || !loaded ? nodes : [emptyNode()]);
  if (stuck) toBottom();
}

function toBottom() {
  const calm = settled && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  log.scrollTo({ top: log.scrollHeight, behavior: calm ? "smooth" : "instant" });
  settled = state.messages.has(state.channelId);
}

function showJump() {
  jump.hidden = stuck;
  jump.replaceChildren(icon("down"), missed ? `${missed} new` : "To the newest");
}

function announce(message) {
  const text =
    message.content ||
    message.embeds?.map((one) => [one.title, one.description].filter(Boolean).join(": ")).join(". ") ||
    "sent something";
  live.textContent = `${nameOf(message.author)}: ${text.slice(0, 200)}`;
}

/** A new message of the open channel came in. */
export function arrived(message) {
  announce(message);
  if (message.author.id === myId() || message.interaction_metadata?.user?.id === myId()) stuck = true;
  else if (!stuck) missed += 1;
  showJump();
  if (stuck) toBottom();
}

/** Forgets what was drawn, as when names, roles or the viewer changed. */
export function redraw() {
  drawn = new Map();
  draw();
}

export function startLog({ onReply, onTry }) {
  actions = {
    onReply,
    onTry,
    onDismiss(message) {
      dismissed.add(message.id);
      dropMessage(message.channel_id, message.id);
    },
  };
  log.addEventListener(
    "scroll",
    () => {
      // Only a person scrolls upwards; on the way down to a new message the bottom stays wanted.
      const near = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_BOTTOM;
      stuck = near || (stuck && log.scrollTop >= lastTop);
      lastTop = log.scrollTop;
      if (stuck) missed = 0;
      showJump();
    },
    { passive: true },
  );
  jump.addEventListener("click", () => {
    stuck = true;
    missed = 0;
    toBottom();
  });
  // What grows below the reader's eye (a composer that opens, an unsized picture) keeps the bottom in view.
  const keep = new ResizeObserver(() => {
    if (stuck) toBottom();
  });
  keep.observe(list);
  keep.observe(log);
  watch(["messages", "pending"], draw);
  watch(["channel"], () => {
    if (shownChannel !== state.channelId) {
      shownChannel = state.channelId;
      drawn = new Map();
      dividers = new Map();
      waiting = new Map();
      stuck = true;
      settled = false;
      missed = 0;
      showJump();
    }
    draw();
  });
  watch(["members", "world", "commands", "bot"], redraw);
  watch(["clock"], () => refreshTimes(document));
  setInterval(() => refreshTimes(document), 15_000);
}
