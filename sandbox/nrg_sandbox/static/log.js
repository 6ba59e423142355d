// The list of messages: what stands in it, and how it scrolls.

import { arrange, el, icon, toast } from "./dom.js";
import { emptyNode, waitingNode } from "./fillers.js";
import {
  after,
  dropMessage,
  history,
  loadAround,
  loadLatest,
  loadNewer,
  loadOlder,
  trim,
} from "./history.js";
import { isEphemeral, messageNode, preview, threadOf } from "./messages.js";
import { nameOf } from "./people.js";
import { channel, FORUM, myId, perFrame, state, watch } from "./store.js";
import { forumPosts } from "./threads.js";
import { dayKey, longDay, refreshTimes } from "./time.js";
import { readOpenChannel } from "./unread.js";

const GROUP_FOR = 7 * 60_000; // within this, the same author's messages stand under one head
const NEAR_BOTTOM = 60; // px
const NEAR_EDGE = 400; // px from an end of the window at which more is read

const log = document.getElementById("log");
const list = document.getElementById("messages");
const jump = document.getElementById("jump");
const live = document.getElementById("live");

let drawn = new Map(); // message id → {message, signature, node}
let dividers = new Map(); // day → node
const dismissed = new Set(); // ids of private answers that this tab has put away
let stuck = true; // the bottom is kept in view
let settled = false; // the channel has been drawn once: from now on the bottom is followed smoothly
let lastTop = 0;
let missed = 0;
let posts = null; // a forum's list of threads
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
  const thread = threadOf(message);
  return `${inGroup} ${pressed.join()} ${thread?.name ?? ""} ${thread?.thread_metadata?.archived ?? ""}`;
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

const newLine = el("li", { class: "divider new", role: "separator" }, el("span", {}, "New"));

/** Forgets the pictures of messages that have left the window. */
function forgetOld(messages) {
  if (drawn.size < 2 * messages.length + 50) return;
  const held = new Set(messages.map((one) => one.id));
  for (const id of drawn.keys()) if (!held.has(id)) drawn.delete(id);
  dividers = new Map();
}

function nodes() {
  const messages = history.messages.filter((one) => !dismissed.has(one.id));
  forgetOld(messages);
  const made = [];
  let before = null;
  let marked = !history.newFrom;
  for (const message of messages) {
    const date = new Date(message.timestamp);
    const newDay = !before || dayKey(date) !== dayKey(new Date(before.timestamp));
    const isNew = !marked && after(message.id, history.newFrom) && message.author.id !== myId();
    if (newDay) made.push(divider(dayKey(date), date));
    if (isNew) {
      made.push(newLine);
      marked = true;
    }
    made.push(drawMessage(message, !newDay && !isNew && grouped(message, before)));
    before = message;
  }
  if (!history.newer)
    for (const [id, entry] of state.pending)
      if (entry.kind === "command" && entry.channelId === state.channelId) made.push(waitingNode(id, entry));
  return made;
}

/** The message at the top of what is seen, and where it stands: what is drawn anew may be another node. */
function readersPlace() {
  const first = [...list.querySelectorAll("[data-id]")].find(
    (one) => one.offsetTop + one.offsetHeight > log.scrollTop,
  );
  return first ? { id: first.dataset.id, offset: first.offsetTop - log.scrollTop } : null;
}

function backTo(place) {
  const node = list.querySelector(`[data-id="${CSS.escape(place.id)}"]`);
  if (node) log.scrollTop = node.offsetTop - place.offset;
}

/** Draws without moving what the reader looks at. */
function draw() {
  const place = stuck ? null : readersPlace();
  if (channel()?.type === FORUM) arrange(list, posts ? [posts] : []);
  else {
    const made = nodes();
    arrange(list, made.length || !history.loaded ? made : [emptyNode(actions)]);
  }
  if (stuck) toBottom();
  else if (place) backTo(place);
  showJump();
}

const drawSoon = perFrame(draw);

function toBottom() {
  const calm = settled && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  log.scrollTo({ top: log.scrollHeight, behavior: calm ? "smooth" : "instant" });
  settled = history.loaded;
}

function showJump() {
  jump.hidden = stuck && !history.newer;
  jump.replaceChildren(icon("down"), missed ? `${missed} new` : "To the newest");
}

/** A new message of the open channel came in. */
export function arrived(message) {
  live.textContent = `${nameOf(message.author)}: ${preview(message).slice(0, 200)}`;
  const mine = message.author.id === myId() || message.interaction_metadata?.user?.id === myId();
  if (mine && history.newer) {
    toNewest();
    return;
  }
  if (mine) stuck = true;
  else if (!stuck || history.newer) missed += 1;
  trim(stuck);
  drawSoon();
  readOpenChannel(stuck);
}

async function toNewest() {
  stuck = true;
  missed = 0;
  if (history.newer) {
    settled = false;
    await loadLatest().catch((problem) => toast(problem.message));
  }
  draw();
  readOpenChannel(stuck);
}

/** Shows a message of the open channel, wherever it stands, and gives it the focus. */
export async function jumpTo(id) {
  stuck = false;
  if (!history.messages.some((one) => one.id === id)) await loadAround(id);
  draw();
  const node = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  if (!node) {
    stuck = !history.newer;
    toast("That message is no longer there.");
    return;
  }
  node.scrollIntoView({ block: "center" });
  node.focus({ preventScroll: true });
  node.classList.add("found");
  node.addEventListener("animationend", () => node.classList.remove("found"), { once: true });
}

function onScroll() {
  // Only a person scrolls upwards; on the way down to a new message the bottom stays wanted.
  const left = log.scrollHeight - log.scrollTop - log.clientHeight;
  stuck = !history.newer && (left < NEAR_BOTTOM || (stuck && log.scrollTop >= lastTop));
  lastTop = log.scrollTop;
  if (stuck) missed = 0;
  showJump();
  readOpenChannel(stuck);
  const reading =
    log.scrollTop < NEAR_EDGE && !stuck
      ? loadOlder()
      : left < NEAR_EDGE && history.newer
        ? loadNewer()
        : null;
  reading?.catch((problem) => toast(problem.message));
}

/** The arrow keys move from message to message. */
function onKey(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step || event.target.closest("input, textarea, select, [role=menu]")) return;
  const all = [...list.querySelectorAll(".message")];
  const here = all.indexOf(event.target.closest(".message"));
  const next = here < 0 ? all.at(-1) : all[here + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

async function drawForum(one) {
  try {
    posts = await forumPosts(one, actions.onOpenThread);
  } catch (problem) {
    toast(problem.message);
  }
  if (channel() === one) draw();
}

function openedChannel() {
  drawn = new Map();
  dividers = new Map();
  posts = null;
  stuck = true;
  settled = false;
  missed = 0;
  const one = channel();
  if (one?.type === FORUM) drawForum(one);
  draw();
}

/** Forgets what was drawn, as when names, roles or the viewer changed. */
function redraw() {
  drawn = new Map();
  draw();
}

/** `handlers`: onReply(message), onEdit(message), onTry(text), onOpenThread(thread). */
export function startLog(handlers) {
  actions = {
    ...handlers,
    onJump: (id) => jumpTo(id).catch((problem) => toast(problem.message)),
    onDismiss(message) {
      dismissed.add(message.id);
      dropMessage(message.channel_id, message.id);
    },
  };
  log.addEventListener("scroll", onScroll, { passive: true });
  log.addEventListener("keydown", onKey);
  jump.addEventListener("click", toNewest);
  // What grows below the reader's eye (a composer that opens, an unsized picture) keeps the bottom in view.
  const keep = new ResizeObserver(() => {
    if (stuck) toBottom();
  });
  keep.observe(list);
  keep.observe(log);
  document.addEventListener("visibilitychange", () => readOpenChannel(stuck));
  let shown = null;
  watch(["channel"], () => {
    if (shown === state.channelId) return;
    shown = state.channelId;
    openedChannel();
  });
  watch(["messages"], () => {
    drawSoon();
    readOpenChannel(stuck);
  });
  watch(["pending", "channels"], drawSoon);
  watch(["members", "world", "commands", "bot"], perFrame(redraw));
  watch(["clock"], () => refreshTimes(document));
  setInterval(() => refreshTimes(document), 15_000);
}
