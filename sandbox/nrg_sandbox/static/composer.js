// Where a member writes: plain text, or "/" and a command.

import * as api from "./api.js";
import { CommandBar } from "./commandbar.js";
import { avatar, el, icon, toast } from "./dom.js";
import { runCommand } from "./interactions.js";
import { matching, runnable } from "./invocation.js";
import { channel, channelTitle, myId, nameOf, state, watch } from "./store.js";
import { Suggestions } from "./suggestions.js";

const MAX_LENGTH = 2000;
const VOICE = 2,
  DIRECT_MESSAGE = 1;

const form = document.getElementById("composer");
const text = el("textarea", {
  id: "composer-text",
  rows: 1,
  maxlength: MAX_LENGTH,
  role: "combobox",
  "aria-expanded": "false",
  "aria-autocomplete": "list",
});
const slot = el("div", { class: "composer-slot" }, text);
const send = el("button", { type: "submit", class: "icon-button send", "aria-label": "Send" }, icon("send"));
const hintLine = el("p", { class: "hint", role: "status" });
const replyLine = el("p", { class: "reply-line", hidden: true });
const panel = el("div", { class: "suggestions" });
const suggestions = new Suggestions(panel);

let bar = null;
let replyTo = null;

function hint(words, isError = false) {
  hintLine.textContent = words;
  hintLine.classList.toggle("error", isError);
}

function grow() {
  text.style.setProperty("height", "auto");
  text.style.setProperty("height", `${text.scrollHeight}px`);
}

function showPlaceholder() {
  const one = channel();
  if (!one) return;
  const closed = one.type === VOICE;
  text.disabled = closed;
  send.disabled = closed;
  const me = nameOf(state.me.user);
  text.placeholder = closed
    ? "Nothing can be written in a voice channel"
    : one.type === DIRECT_MESSAGE
      ? `Write to ${channelTitle(one)} as ${me}`
      : `Write as ${me}, or / for commands`;
  text.setAttribute("aria-label", text.placeholder);
}

function startCommand(entry) {
  text.value = "";
  grow();
  bar = new CommandBar(entry, {
    suggestions,
    hint,
    onSend: (chosen, options) => {
      endCommand();
      runCommand(chosen.command, options, `/${chosen.name}`);
    },
    onLeave: endCommand,
  });
  slot.replaceChildren(bar.node);
  bar.focus();
}

function endCommand() {
  bar?.close();
  bar = null;
  hint("");
  slot.replaceChildren(text);
  text.focus();
}

function suggestCommands() {
  const entries = runnable(state.commands);
  const typed = text.value.slice(1);
  const finished = entries.find((one) => `${one.name} ` === typed.toLowerCase());
  // A space after a whole name chooses it, unless the name is also the beginning of a longer one.
  if (finished && !entries.some((one) => one.name.startsWith(typed.toLowerCase()))) {
    startCommand(finished);
    return;
  }
  const items = matching(entries, typed).map((entry) => ({
    entry,
    label: `/${entry.name}`,
    detail: entry.description,
    extra: entry.options
      .filter((option) => option.required)
      .map((option) => option.name)
      .join(" "),
  }));
  suggestions.show(text, items, {
    title: "Commands",
    onPick: (item) => startCommand(item.entry),
    note: entries.length
      ? "No command fits. Enter sends this as text."
      : state.botOnline
        ? "The bot has no commands yet."
        : "The bot is offline: its commands appear when it starts.",
  });
}

function suggestMembers(typed) {
  const from = text.selectionStart - typed.length - 1;
  const items = state.members
    .filter(({ user }) => `${nameOf(user)} ${user.username}`.toLowerCase().includes(typed.toLowerCase()))
    .slice(0, 8)
    .map(({ user }) => ({
      label: nameOf(user),
      detail: `@${user.username}`,
      picture: avatar(user, 24),
      user,
    }));
  suggestions.show(text, items, {
    title: "Members",
    onPick: ({ user }) => text.setRangeText(`@${user.username} `, from, text.selectionStart, "end"),
  });
}

function follow() {
  const before = text.value.slice(0, text.selectionStart);
  const mention = /(?:^|\s)@([\w.-]{0,32})$/.exec(before);
  if (/^\/[^\n]*$/.test(text.value)) suggestCommands();
  else if (mention) suggestMembers(mention[1]);
  else suggestions.hide();
}

/** What was written as "@ana" or "#general" is sent as Discord's clients send it. */
function withMentions(content) {
  return content
    .replace(/(^|\s)@([\w.-]+)/g, (whole, space, name) => {
      const known =
        state.members.find(({ user }) => user.username === name) ??
        (state.bot?.username === name ? { user: state.bot } : null);
      return known ? `${space}<@${known.user.id}>` : whole;
    })
    .replace(/(^|\s)#([\w-]+)/g, (whole, space, name) => {
      const known = state.channels.find((one) => one.type !== DIRECT_MESSAGE && one.name === name);
      return known ? `${space}<#${known.id}>` : whole;
    });
}

async function sendText() {
  const content = withMentions(text.value.trim());
  if (!content) return;
  const draft = text.value;
  const reply = replyTo;
  text.value = "";
  grow();
  suggestions.hide();
  setReply(null);
  try {
    const body = { as: myId(), channel_id: state.channelId, content };
    if (reply) body.reply_to = reply.id;
    await api.sendMessage(body);
  } catch (problem) {
    text.value ||= draft; // what was written is not lost
    grow();
    toast(problem.message);
  }
}

/** Marks the message that the next text answers, or none. */
export function setReply(message) {
  replyTo = message;
  replyLine.hidden = !message;
  if (!message) return;
  replyLine.replaceChildren(
    icon("reply"),
    "Replying to ",
    el("strong", {}, nameOf(message.author)),
    el(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Do not reply", onclick: () => setReply(null) },
      icon("close"),
    ),
  );
  if (bar) endCommand();
  text.focus();
}

/** Puts text in the composer as if the member had typed it. */
export function tryText(words) {
  if (bar) endCommand();
  text.value = words;
  text.focus();
  grow();
  follow();
}

export function startComposer() {
  form.append(panel, replyLine, hintLine, el("div", { class: "composer-box" }, slot, send));
  text.addEventListener("input", () => {
    grow();
    follow();
  });
  text.addEventListener("blur", () => suggestions.hide());
  text.addEventListener("focus", () => {
    if (text.value) follow();
  });
  text.addEventListener("keydown", (event) => {
    if (suggestions.takeKey(event) || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      sendText();
    }
    if (event.key === "Escape") {
      suggestions.hide();
      setReply(null);
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (bar) bar.send();
    else sendText();
  });
  // A key typed anywhere else on the page belongs here, as long as no field, panel or form wants it.
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, dialog, .panel") || bar) return;
    event.preventDefault();
    tryText("/");
  });
  watch(["channel"], () => {
    if (bar) endCommand();
    setReply(null);
    showPlaceholder();
  });
  watch(["members", "world"], showPlaceholder);
  watch(["commands"], () => {
    if (document.activeElement === text && text.value.startsWith("/")) follow();
  });
  showPlaceholder();
}
