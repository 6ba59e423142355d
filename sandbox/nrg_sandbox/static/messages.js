// One message, from its head to its reactions.

import * as api from "./api.js";
import { avatar, el, icon, toast } from "./dom.js";
import { component } from "./components.js";
import { attachment, embed } from "./embeds.js";
import { markdown, plainText } from "./markdown.js";
import { openMessageMenu, openReactions, openUserMenu } from "./menus.js";
import { channelName, colourOf, nameOf } from "./people.js";
import { emojiText } from "./select.js";
import { channel, myId, state } from "./store.js";
import { systemNode } from "./system.js";
import { timeElement } from "./time.js";
import { meantForMe } from "./unread.js";

const EPHEMERAL = 1 << 6,
  LOADING = 1 << 7,
  COMPONENTS_V2 = 1 << 15;
const REPLY = 19,
  THREAD_STARTER = 21;
const FORWARD = 1;
const CONTEXT_MENU = new Set([2, 3]);
const ONLY_EMOJI =
  /^(?:\s*(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})[\p{Emoji_Modifier}\p{M}\u200d\ufe0f]*){1,27}\s*$/u;

export const isEphemeral = (message) => message.ephemeral || Boolean(message.flags & EPHEMERAL);
const isLoading = (message) => message.loading || Boolean(message.flags & LOADING);

// What only one member sees, or nobody yet, takes neither replies nor reactions.
const canBeActedOn = (message) => !(isEphemeral(message) || message.failed || isLoading(message));

/** A message in a few words, for replies, lists of pins and screen readers. */
export function preview(message) {
  const said = message.message_snapshots?.[0]?.message ?? message;
  if (said.content) return plainText(said.content);
  const titles = (said.embeds ?? []).map((one) => one.title ?? one.description).filter(Boolean);
  if (titles.length) return titles.join(". ");
  if (said.poll) return said.poll.question.text;
  return said.attachments?.length ? said.attachments.map((one) => one.filename).join(", ") : "(no text)";
}

function authorName(user) {
  const colour = colourOf(user.id);
  return el(
    "button",
    {
      type: "button",
      class: "author",
      style: colour ? { "--role": colour } : {},
      "aria-haspopup": "menu",
      onclick: (event) => openUserMenu(event.currentTarget, user),
    },
    nameOf(user),
  );
}

/** "ana used /checkin": the line above an answer. */
function usedLine(metadata) {
  if (!metadata?.name) return null;
  const fromMenu = state.commands.some((one) => one.name === metadata.name && CONTEXT_MENU.has(one.type));
  return el(
    "p",
    { class: "context" },
    avatar(metadata.user, 16),
    el("strong", {}, nameOf(metadata.user)),
    " used ",
    el("span", { class: "mention" }, fromMenu ? metadata.name : `/${metadata.name}`),
  );
}

function replyLine(message, actions) {
  if (message.type !== REPLY) return null;
  const original = message.referenced_message;
  if (!original) return el("p", { class: "context" }, icon("reply"), el("em", {}, "The message was deleted"));
  return el(
    "p",
    { class: "context" },
    icon("reply"),
    el("strong", {}, nameOf(original.author)),
    el(
      "button",
      {
        type: "button",
        class: "clip",
        title: "Show the message",
        onclick: () => actions.onJump(original.id),
      },
      preview(original),
    ),
  );
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return el(
    "div",
    { class: "reactions" },
    message.reactions.map(({ emoji, count, me }) => {
      const name = emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name;
      const change = () =>
        (me ? api.unreact : api.react)({ message_id: message.id, emoji: name }).catch((problem) =>
          toast(problem.message),
        );
      return el(
        "button",
        {
          type: "button",
          class: "reaction",
          "aria-pressed": String(Boolean(me)),
          "aria-label": `${emojiText(emoji)}, ${count}`,
          onclick: change,
        },
        el("span", { class: "emoji" }, emojiText(emoji)),
        ` ${count}`,
      );
    }),
  );
}

function tools(message, actions) {
  if (!canBeActedOn(message)) return null;
  const tool = (name, label, onclick, popup) =>
    el(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": label,
        title: label,
        onclick,
        "aria-haspopup": popup,
      },
      icon(name),
    );
  return el(
    "div",
    { class: "tools", role: "group", "aria-label": "Message actions" },
    tool("smile", "Add a reaction", (event) => openReactions(event.currentTarget, message), "dialog"),
    tool("reply", "Reply", () => actions.onReply(message)),
    tool("more", "More", (event) => openMessageMenu(event.currentTarget, message, actions), "menu"),
  );
}

/** What was said: text, files, embeds; of a message or of one that was passed on. */
function said(message) {
  const v2 = Boolean(message.flags & COMPONENTS_V2);
  const edited = message.edited_timestamp
    ? el("small", { class: "edited", title: message.edited_timestamp }, "(edited)")
    : null;
  return [
    message.content
      ? el(
          "div",
          { class: ONLY_EMOJI.test(message.content) ? "markdown content jumbo" : "markdown content" },
          markdown(message.content),
          edited,
        )
      : null,
    // With the newer components, files are shown where a component names them.
    v2 ? null : (message.attachments ?? []).filter((file) => !usedInEmbed(file, message)).map(attachment),
    (message.embeds ?? []).map(embed),
    message.poll ? poll(message.poll) : null,
    message.components?.length
      ? el(
          "div",
          { class: v2 ? "components v2" : "components" },
          message.components.map((one) => component(one, message)),
        )
      : null,
    message.content ? null : edited,
  ];
}

/** A poll as it was asked; nobody votes here. */
function poll(data) {
  return el(
    "div",
    { class: "poll" },
    el("strong", {}, data.question.text),
    el(
      "ul",
      {},
      data.answers.map(({ poll_media: answer }) =>
        el("li", {}, answer.emoji ? `${emojiText(answer.emoji)} ` : null, answer.text),
      ),
    ),
    el("small", {}, "A poll: this page does not vote."),
  );
}

function forwarded(message) {
  const snapshots = message.message_reference?.type === FORWARD ? (message.message_snapshots ?? []) : [];
  return snapshots.map((one) =>
    el(
      "div",
      { class: "forwarded" },
      el("p", { class: "context" }, icon("forward"), el("em", {}, "Forwarded")),
      said(one.message),
      el("p", { class: "context" }, `#${channelName(message.message_reference.channel_id)}`),
    ),
  );
}

function body(message) {
  if (message.failed) return el("p", { class: "failure" }, "The application did not respond");
  if (isLoading(message)) {
    return el(
      "p",
      { class: "thinking" },
      el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
      `${nameOf(message.author)} is thinking…`,
    );
  }
  return [forwarded(message), said(message)];
}

// A picture that an embed shows is not shown a second time below it.
function usedInEmbed(file, message) {
  return (message.embeds ?? []).some((one) =>
    [one.image?.url, one.thumbnail?.url, one.author?.icon_url, one.footer?.icon_url].includes(file.url),
  );
}

/** The thread that was begun from this message: it has the message's id. */
export const threadOf = (message) => (message.type === 0 ? channel(message.id) : undefined) ?? message.thread;

function threadLine(message, actions) {
  const thread = threadOf(message);
  if (!thread) return null;
  return el(
    "button",
    { type: "button", class: "thread-line", onclick: () => actions.onOpenThread(thread) },
    icon("thread"),
    el("span", { class: "clip" }, thread.name),
    thread.thread_metadata?.archived ? el("small", {}, "archived") : null,
  );
}

function privateMark(message, actions) {
  if (!isEphemeral(message) && !message.failed) return null;
  return el(
    "p",
    { class: "private" },
    icon("eye"),
    "Only you can see this · ",
    el(
      "button",
      { type: "button", class: "text-button", onclick: () => actions.onDismiss(message) },
      "Dismiss",
    ),
  );
}

/** Whether something that this member pressed in the message was not answered. */
function pressFailed(message) {
  return [...state.pending.values()].some((one) => one.failed && one.messageId === message.id);
}

function head(message, sent) {
  const { author } = message;
  return el(
    "p",
    { class: "message-head" },
    authorName(author),
    author.bot ? el("span", { class: "bot-tag" }, "BOT") : null,
    timeElement(sent, "head", { class: "when" }),
    message.pinned ? el("span", { class: "pinned", title: "Pinned" }, icon("pin")) : null,
  );
}

/**
 * Builds a message's list item. `isGrouped` leaves out the head, as when the same author goes on.
 * `actions`: onReply(message), onEdit(message), onDismiss(message), onJump(id), onOpenThread(thread).
 */
export function messageNode(message, isGrouped, actions) {
  const system = systemNode(message, actions);
  if (system) return system;
  if (message.type === THREAD_STARTER)
    return messageNode({ ...message.referenced_message, id: message.id, type: 0 }, false, actions);
  const { author } = message;
  const sent = new Date(message.timestamp);
  const classes = [
    "message",
    isGrouped && "grouped",
    meantForMe(message) && author.id !== myId() && "mentions-me",
    isEphemeral(message) && "ephemeral",
  ].filter(Boolean);
  const oncontextmenu = (event) => {
    if (!canBeActedOn(message) || event.target.closest("a, pre") || getSelection().toString()) return;
    event.preventDefault();
    openMessageMenu(node, message, actions, { x: event.clientX, y: event.clientY });
  };
  const node = el(
    "li",
    {
      class: classes.join(" "),
      dataset: { id: message.id },
      tabindex: "-1",
      oncontextmenu,
      "aria-label": `${nameOf(author)}${author.bot ? ", bot" : ""}`,
    },
    usedLine(message.interaction_metadata),
    replyLine(message, actions),
    isGrouped ? timeElement(sent, "t", { class: "when gutter" }) : avatar(author),
    el(
      "div",
      { class: "message-main" },
      isGrouped ? null : head(message, sent),
      body(message),
      pressFailed(message) ? el("p", { class: "failure" }, "This press was not answered. Try again.") : null,
      reactions(message),
      threadLine(message, actions),
      privateMark(message, actions),
    ),
    tools(message, actions),
  );
  return node;
}
