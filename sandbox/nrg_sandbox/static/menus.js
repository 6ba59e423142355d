// The menus of a message and of a member: what the bot offers there, and the page's own few actions.

import * as api from "./api.js";
import { el, toast } from "./dom.js";
import { runCommand } from "./interactions.js";
import { openMenu, openPanel, roveFocus } from "./popover.js";
import { myId, nameOf, state } from "./store.js";

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

export function openUserMenu(anchor, user, point) {
  return openMenu(
    anchor,
    [
      ...(user.bot ? [] : commandsFor(USER_COMMAND, user.id)),
      { heading: `@${user.username}` },
      { label: "Copy ID", onPick: () => copy(user.id) },
    ],
    { label: nameOf(user), point },
  );
}

/** `actions`: onReply(message). */
export function openMessageMenu(anchor, message, actions, point) {
  return openMenu(
    anchor,
    [
      ...commandsFor(MESSAGE_COMMAND, message.id),
      { heading: "Message" },
      { label: "Reply", onPick: () => actions.onReply(message) },
      { label: "Copy text", onPick: () => copy(message.content) },
      { label: "Copy ID", onPick: () => copy(message.id) },
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
          onclick: async () => {
            opened.close();
            try {
              await api.react({ as: myId(), message_id: message.id, emoji });
            } catch (problem) {
              toast(problem.message);
            }
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
