// One message, from its head to its reactions.

import * as api from "./api.js";
import { avatar, el, icon, toast } from "./dom.js";
import { component } from "./components.js";
import { attachment, embed } from "./embeds.js";
import { markdown } from "./markdown.js";
import { openMessageMenu, openReactions, openUserMenu } from "./menus.js";
import { emojiText } from "./select.js";
import { colourOf, member, myId, nameOf, state } from "./store.js";
import { timeElement } from "./time.js";

const EPHEMERAL = 1 << 6,
  LOADING = 1 << 7;
const REPLY = 19,
  SYSTEM = { 6: "pinned a message.", 7: "joined the server.", 8: "boosted the server." };
const CONTEXT_MENU = new Set([2, 3]);

export const isEphemeral = (message) => message.ephemeral || Boolean(message.flags & EPHEMERAL);
const isLoading = (message) => message.loading || Boolean(message.flags & LOADING);

// What only one member sees, or nobody yet, takes neither replies nor reactions.
const canBeActedOn = (message) => !(isEphemeral(message) || message.failed || isLoading(message));

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

function replyLine(message) {
  if (message.type !== REPLY) return null;
  const original = message.referenced_message;
  if (!original) return el("p", { class: "context" }, icon("reply"), el("em", {}, "The message was deleted"));
  const text = original.content || (original.embeds?.length ? "(an embed)" : "(a file)");
  return el(
    "p",
    { class: "context" },
    icon("reply"),
    el("strong", {}, nameOf(original.author)),
    el("span", { class: "clip" }, text),
  );
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return el(
    "div",
    { class: "reactions" },
    message.reactions.map(({ emoji, count, me }) => {
      const name = emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name;
      return el(
        "button",
        {
          type: "button",
          class: "reaction",
          "aria-pressed": String(Boolean(me)),
          "aria-label": `${emojiText(emoji)}, ${count}`,
          onclick: () =>
            (me ? api.unreact : api.react)({ as: myId(), message_id: message.id, emoji: name }).catch(
              (problem) => toast(problem.message),
            ),
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
  return [
    message.content
      ? el(
          "div",
          { class: "markdown content" },
          markdown(message.content),
          message.edited_timestamp
            ? el("small", { class: "edited", title: message.edited_timestamp }, "(edited)")
            : null,
        )
      : null,
    (message.attachments ?? []).filter((file) => !usedInEmbed(file, message)).map(attachment),
    (message.embeds ?? []).map(embed),
    message.components?.length
      ? el(
          "div",
          { class: "components" },
          message.components.map((one) => component(one, message)),
        )
      : null,
  ];
}

// A picture that an embed shows is not shown a second time below it.
function usedInEmbed(file, message) {
  return (message.embeds ?? []).some((one) =>
    [one.image?.url, one.thumbnail?.url, one.author?.icon_url, one.footer?.icon_url].includes(file.url),
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

/**
 * Builds a message's list item. `grouped` leaves out the head, as when the same author goes on.
 * `actions`: onReply(message), onDismiss(message).
 */
export function messageNode(message, grouped, actions) {
  const { author } = message;
  const mine =
    message.mention_everyone ||
    (message.mentions ?? []).some((user) => user.id === myId()) ||
    (message.mention_roles ?? []).some((id) => member(myId())?.roles.includes(id));
  const classes = [
    "message",
    grouped && "grouped",
    mine && "mentions-me",
    isEphemeral(message) && "ephemeral",
  ].filter(Boolean);
  const sent = new Date(message.timestamp);
  const oncontextmenu = (event) => {
    if (!canBeActedOn(message) || event.target.closest("a, pre") || getSelection().toString()) return;
    event.preventDefault();
    openMessageMenu(node, message, actions, { x: event.clientX, y: event.clientY });
  };

  if (SYSTEM[message.type]) {
    return el(
      "li",
      { class: "message system", dataset: { id: message.id } },
      el(
        "p",
        {},
        el("strong", {}, nameOf(author)),
        ` ${SYSTEM[message.type]} `,
        timeElement(sent, "head", { class: "when" }),
      ),
    );
  }
  const node = el(
    "li",
    {
      class: classes.join(" "),
      dataset: { id: message.id },
      oncontextmenu,
      "aria-label": `${nameOf(author)}${author.bot ? ", bot" : ""}`,
    },
    usedLine(message.interaction_metadata),
    replyLine(message),
    grouped ? timeElement(sent, "t", { class: "when gutter" }) : avatar(author),
    el(
      "div",
      { class: "message-main" },
      grouped
        ? null
        : el(
            "p",
            { class: "message-head" },
            authorName(author),
            author.bot ? el("span", { class: "bot-tag" }, "BOT") : null,
            timeElement(sent, "head", { class: "when" }),
          ),
      body(message),
      pressFailed(message) ? el("p", { class: "failure" }, "This press was not answered. Try again.") : null,
      reactions(message),
      privateMark(message, actions),
    ),
    tools(message, actions),
  );
  return node;
}
