// Where a member writes: plain text and files, or "/" and a command.

import * as api from "./api.js";
import { CommandBar } from "./commandbar.js";
import { avatar, el, icon, toast } from "./dom.js";
import { history } from "./history.js";
import { runCommand } from "./interactions.js";
import { matching, runnable } from "./invocation.js";
import { channelTitle, everyoneIsListed, findPeople, nameOf, peopleAtHand } from "./people.js";
import { channel, DIRECT_MESSAGE, FORUM, isThread, may, mayWrite, myId, state, watch } from "./store.js";
import { Suggestions } from "./suggestions.js";
import { Uploads } from "./uploads.js";

const MAX_LENGTH = 2000;
const MOST_NAMES = 8;
const DEBOUNCE = 150; // ms, from the last key to the question

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
const picker = el("input", { type: "file", multiple: true, hidden: true });
const attach = el(
  "button",
  {
    type: "button",
    class: "icon-button",
    "aria-label": "Add files",
    title: "Add files",
    onclick: () => picker.click(),
  },
  icon("plus"),
);
const hintLine = el("p", { class: "hint", role: "status" });
const aboutLine = el("p", { class: "reply-line", hidden: true });
const panel = el("div", { class: "suggestions" });
const suggestions = new Suggestions(panel);
const uploads = new Uploads();

const drafts = new Map(); // channel id → what was written and not sent
let bar = null;
let about = null; // {kind: "reply" | "edit", message}
let shownChannel = null;
let timer = null;

function hint(words, isError = false) {
  hintLine.textContent = words;
  hintLine.classList.toggle("error", isError);
}

function grow() {
  text.style.setProperty("height", "auto");
  text.style.setProperty("height", `${text.scrollHeight}px`);
}

function invitation(one) {
  const me = nameOf(state.me.user);
  if (one.type === FORUM) return "Choose a post to write in";
  if (!mayWrite(one)) return `${me} may not write here`;
  if (one.type === DIRECT_MESSAGE) return `Write to ${channelTitle(one)} as ${me}`;
  return isThread(one) ? `Write in ${one.name} as ${me}` : `Write as ${me}, or / for commands`;
}

function showPlaceholder() {
  const one = channel();
  const open = mayWrite(one);
  for (const part of [text, send]) part.disabled = !open;
  attach.disabled = !open || !may("ATTACH_FILES", one);
  text.placeholder = one ? invitation(one) : "";
  text.setAttribute("aria-label", text.placeholder || "Message");
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
        ? "The bot has no commands for you here."
        : "The bot is offline: its commands appear when it starts.",
  });
}

/** What stands between the last `mark` and the caret, if a word may begin there. */
function wordAfter(mark) {
  const before = text.value.slice(0, text.selectionStart);
  return new RegExp(`(?:^|\\s)${mark}([\\w.-]{0,32})$`).exec(before)?.[1];
}

function showNames(typed, title, items) {
  const from = text.selectionStart - typed.length - 1;
  suggestions.show(text, items.slice(0, MOST_NAMES), {
    title,
    onPick: ({ insert }) => text.setRangeText(`${insert} `, from, text.selectionStart, "end"),
  });
}

function suggestMembers(typed, people = peopleAtHand(typed)) {
  const items = people.map(({ user }) => ({
    label: nameOf(user),
    detail: `@${user.username}`,
    picture: avatar(user, 24),
    insert: `@${user.username}`,
  }));
  showNames(typed, "Members", items);
  if (everyoneIsListed() || items.length >= MOST_NAMES || !typed) return;
  timer = setTimeout(async () => {
    const found = await findPeople(typed).catch(() => []);
    if (found.length && wordAfter("@") === typed) suggestMembers(typed, found);
  }, DEBOUNCE);
}

function suggestChannels(typed) {
  const wanted = typed.toLowerCase();
  const items = state.channels
    .filter((one) => one.type !== DIRECT_MESSAGE && one.name.toLowerCase().includes(wanted))
    .map((one) => ({ label: `#${one.name}`, insert: `#${one.name}` }));
  showNames(typed, "Channels", items);
}

function follow() {
  clearTimeout(timer);
  if (/^\/[^\n]*$/.test(text.value)) return suggestCommands();
  const name = wordAfter("@");
  if (name !== undefined) return suggestMembers(name);
  const place = wordAfter("#");
  return place === undefined ? suggestions.hide() : suggestChannels(place);
}

/** What was written as "@ana" or "#general" is sent as Discord's clients send it. */
function withMentions(content) {
  return content
    .replace(/(^|\s)@([\w.-]+)/g, (whole, space, name) => {
      const known =
        peopleAtHand(name).find(({ user }) => user.username === name) ??
        (state.bot?.username === name ? { user: state.bot } : null);
      return known ? `${space}<@${known.user.id}>` : whole;
    })
    .replace(/(^|\s)#([\w-]+)/g, (whole, space, name) => {
      const known = state.channels.find((one) => one.type !== DIRECT_MESSAGE && one.name === name);
      return known ? `${space}<#${known.id}>` : whole;
    });
}

async function deliver(content, aim) {
  if (aim?.kind === "edit") {
    await api.editMessage(aim.message.id, content);
    return;
  }
  const body = { channel_id: state.channelId, content };
  if (!uploads.empty) body.files = await uploads.take();
  if (aim) body.reply_to = aim.message.id;
  await api.sendMessage(body);
}

async function sendText() {
  const content = withMentions(text.value.trim());
  if (!content && uploads.empty) return;
  const draft = text.value;
  const aim = about;
  text.value = "";
  grow();
  suggestions.hide();
  setAbout(null);
  try {
    await deliver(content, aim);
  } catch (problem) {
    text.value ||= draft; // what was written is not lost
    grow();
    toast(problem.message);
  }
}

function setAbout(next) {
  if (about?.kind === "edit" && next?.kind !== "edit") {
    text.value = "";
    grow();
  }
  about = next;
  aboutLine.hidden = !about;
  if (!about) return;
  const editing = about.kind === "edit";
  aboutLine.replaceChildren(
    icon(editing ? "dm" : "reply"),
    editing ? "Editing your message" : "Replying to ",
    ...(editing ? [] : [el("strong", {}, nameOf(about.message.author))]),
    el(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": editing ? "Do not edit" : "Do not reply",
        onclick: () => setAbout(null),
      },
      icon("close"),
    ),
  );
  if (bar) endCommand();
  text.focus();
}

/** Marks the message that the next text answers. */
export const setReply = (message) => setAbout({ kind: "reply", message });

/** Puts a message of one's own back into the composer. */
export function setEdit(message) {
  setAbout({ kind: "edit", message });
  text.value = message.content;
  grow();
}

function editLast() {
  const mine = history.messages.findLast((one) => one.author.id === myId() && one.content);
  if (mine) setEdit(mine);
}

/** Puts text in the composer as if the member had typed it. */
export function tryText(words) {
  if (bar) endCommand();
  text.value = words;
  text.focus();
  grow();
  follow();
}

function onKey(event) {
  if (suggestions.takeKey(event) || event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    sendText();
  }
  if (event.key === "ArrowUp" && !text.value && !about) {
    event.preventDefault();
    editLast();
  }
  if (event.key === "Escape") {
    suggestions.hide();
    setAbout(null);
  }
}

function onChannel() {
  if (shownChannel === state.channelId) return;
  if (bar) endCommand();
  if (about) setAbout(null);
  drafts.set(shownChannel, text.value);
  if (!text.value) drafts.delete(shownChannel);
  shownChannel = state.channelId;
  text.value = drafts.get(shownChannel) ?? "";
  uploads.clear();
  grow();
  showPlaceholder();
}

function takeFiles(event, data) {
  if (!data?.files.length || attach.disabled) return;
  event.preventDefault();
  uploads.add(data.files);
}

export function startComposer() {
  const box = el("div", { class: "composer-box" }, attach, slot, send);
  form.append(panel, aboutLine, hintLine, uploads.node, picker, box);
  text.addEventListener("input", () => {
    grow();
    follow();
  });
  text.addEventListener("blur", () => suggestions.hide());
  text.addEventListener("focus", () => {
    if (text.value) follow();
  });
  text.addEventListener("keydown", onKey);
  text.addEventListener("paste", (event) => takeFiles(event, event.clipboardData));
  picker.addEventListener("change", () => {
    uploads.add(picker.files);
    picker.value = "";
    text.focus();
  });
  const room = document.querySelector(".room");
  room.addEventListener("dragover", (event) => event.preventDefault());
  room.addEventListener("drop", (event) => takeFiles(event, event.dataTransfer));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (bar) bar.send();
    else sendText();
  });
  // A key typed anywhere else on the page belongs here, as long as no field, panel or form wants it.
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog, .panel, .inspector") || bar || text.disabled)
      return;
    event.preventDefault();
    tryText("/");
  });
  watch(["channel"], onChannel);
  watch(["members", "world", "channels"], showPlaceholder);
  watch(["commands"], () => {
    if (document.activeElement === text && text.value.startsWith("/")) follow();
  });
  showPlaceholder();
}
