// The menus of a message and of a member: what the bot offers there, and the page's own few actions.

import * as api from "./api.js";
import { el, toast } from "./dom.js";
import { runCommand } from "./interactions.js";
import { openMenu, openPanel, roveFocus } from "./popover.js";
import { member, nameOf } from "./people.js";
import { channel, may, mayPin, mayStartThread, myId, role, state } from "./store.js";
import { openNewThread } from "./threads.js";

const USER_COMMAND = 2,
  MESSAGE_COMMAND = 3;
const PALETTE = ["✅", "👍", "❤️", "🎉", "😄", "🙏", "🔥", "👀", "🌱", "⚡", "💧", "🛡️"];

function commandsFor(type, targetId) {
  const offered = state.commands.filter((one) => one.type === type);
  return [
    { heading: "Commands" },
    ...offered.map((one) => ({ label: one.name, onPick: () => runCommand(one, [], one.name, targetId) })),
    ...(offered.length
      ? []
      : [{ note: state.botOnline ? "The bot offers none here." : "The bot is offline." }]),
  ];
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("The browser did not allow copying.");
  }
}

/** "Coach, Early bird": the names of a member's roles, the highest first. */
function roleNames(userId) {
  const roles = (member(userId)?.roles ?? []).map(role).filter((one) => one && !one.managed);
  return roles
    .sort((a, b) => b.position - a.position)
    .map((one) => one.name)
    .join(", ");
}

/** The menu of a member. */
export function openUserMenu(anchor, user, point) {
  const roles = roleNames(user.id);
  return openMenu(
    anchor,
    [
      ...(user.bot ? [] : commandsFor(USER_COMMAND, user.id)),
      { heading: `@${user.username}` },
      ...(roles ? [{ note: roles }] : []),
      { label: "Copy ID", onPick: () => copy(user.id) },
    ],
    { label: nameOf(user), point },
  );
}

const attempt = (deed) => deed().catch((problem) => toast(problem.message));

function pinItem(message) {
  const [label, deed] = message.pinned ? ["Unpin", api.unpinMessage] : ["Pin", api.pinMessage];
  return { label, onPick: () => attempt(() => deed(message.id)) };
}

/** The menu of a message; `actions`: onReply(message), onEdit(message), onOpenThread(thread). */
export function openMessageMenu(anchor, message, actions, point) {
  const mine = message.author.id === myId();
  const place = channel(message.channel_id);
  const startsThread = mayStartThread(place) && !channel(message.id) && !message.thread;
  return openMenu(
    anchor,
    [
      ...commandsFor(MESSAGE_COMMAND, message.id),
      { heading: "Message" },
      { label: "Reply", onPick: () => actions.onReply(message) },
      ...(mine ? [{ label: "Edit", onPick: () => actions.onEdit(message) }] : []),
      ...(mayPin(place) ? [pinItem(message)] : []),
      ...(startsThread
        ? [
            {
              label: "Start a thread",
              onPick: () => openNewThread(anchor, place, message.id, actions.onOpenThread),
            },
          ]
        : []),
      { label: "Copy text", onPick: () => copy(message.content) },
      { label: "Copy ID", onPick: () => copy(message.id) },
      ...(mine || may("MANAGE_MESSAGES")
        ? [{ label: "Delete", onPick: () => attempt(() => api.deleteMessage(message.id)) }]
        : []),
    ],
    { label: "Message", point },
  );
}

export function openReactions(anchor, message) {
  const grid = el(
    "div",
    { class: "palette" },
    PALETTE.map((emoji) =>
      el(
        "button",
        {
          type: "button",
          class: "icon-button emoji",
          "aria-label": `React with ${emoji}`,
          onclick: () => {
            opened.close();
            attempt(() => api.react({ message_id: message.id, emoji }));
          },
        },
        emoji,
      ),
    ),
  );
  roveFocus(grid, "button");
  const opened = openPanel(anchor, grid, { label: "Reactions" });
  grid.querySelector("button").focus({ preventScroll: true });
}
