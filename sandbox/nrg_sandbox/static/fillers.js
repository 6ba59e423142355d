// What stands in the log besides messages: the word of welcome, and commands that wait for their answer.

import { avatar, el, icon } from "./dom.js";
import { dismiss } from "./interactions.js";
import { channelTitle, nameOf } from "./people.js";
import { channel, DIRECT_MESSAGE, isSpoken, isThread, mayWrite, state } from "./store.js";

const drawn = new WeakMap(); // entry → {failed, node}

/** The line of a command that waits for its answer, or never got one. */
export function waitingNode(id, entry) {
  const known = drawn.get(entry);
  if (known && known.failed === entry.failed) return known.node;
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
    avatar(state.bot),
    el(
      "div",
      { class: "message-main" },
      el(
        "p",
        { class: "message-head" },
        el("span", { class: "author" }, nameOf(state.bot)),
        el("span", { class: "bot-tag" }, "BOT"),
      ),
      entry.failed ? failure(id) : el("p", { class: "thinking" }, "Sending the command…"),
    ),
  );
  drawn.set(entry, { failed: entry.failed, node });
  return node;
}

function failure(id) {
  return [
    el("p", { class: "failure" }, "The application did not respond"),
    el(
      "p",
      { class: "private" },
      icon("eye"),
      "Only you can see this · ",
      el("button", { type: "button", class: "text-button", onclick: () => dismiss(id) }, "Dismiss"),
    ),
  ];
}

function exampleCommand() {
  const names = state.commands.filter((one) => (one.type ?? 1) === 1).map((one) => one.name);
  return names.includes("checkin") ? "checkin" : names.includes("help") ? "help" : names[0];
}

function greeting(one) {
  if (!one)
    return ["You are on no server", "Choose another member, or join as a new one, below the channels."];
  if (one.type === DIRECT_MESSAGE)
    return [channelTitle(one), "Only you and the bot read this. What it writes to you alone arrives here."];
  if (isThread(one)) return [one.name, "The thread begins here."];
  if (isSpoken(one))
    return [
      channelTitle(one),
      "A voice channel: nothing is spoken here, but joining it is real, and so is its chat.",
    ];
  return [`Welcome to #${channelTitle(one)}`, "Nothing has been said yet."];
}

function invitation(onTry) {
  const example = exampleCommand();
  if (!example)
    return state.botOnline
      ? "The bot has no commands for you here."
      : "Once the bot is running, type / to see its commands.";
  const button = el(
    "button",
    { type: "button", class: "try", onclick: () => onTry(`/${example}`) },
    `/${example}`,
  );
  return ["Type ", button, " to talk to the bot, or just say hello."];
}

/** What an empty channel says; `onTry(text)` puts text in the composer. */
export function emptyNode({ onTry }) {
  const one = channel();
  const shape =
    one?.type === DIRECT_MESSAGE ? "dm" : isSpoken(one) ? "voice" : isThread(one) ? "thread" : "text";
  const [title, words] = greeting(one);
  return el(
    "li",
    { class: "empty" },
    el("span", { class: "empty-mark" }, icon(shape)),
    el("h2", {}, title),
    el("p", {}, words),
    mayWrite(one) ? el("p", {}, invitation(onTry)) : null,
  );
}
