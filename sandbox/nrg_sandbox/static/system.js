// Messages that nobody wrote: somebody joined, pinned, began a thread.

import { el, icon } from "./dom.js";
import { nameOf } from "./people.js";
import { channel, state } from "./store.js";
import { timeElement } from "./time.js";

const PINNED = 6,
  JOINED = 7,
  THREAD_CREATED = 18,
  THREAD_STARTER = 21;
const ORDINARY = new Set([0, 19, 20, 23]);
const WORDS = {
  [PINNED]: ["pin", " pinned ", "a message", "."],
  [JOINED]: ["join", " joined the server."],
  8: ["spark", " boosted the server."],
  9: ["spark", " boosted the server to level 1."],
  10: ["spark", " boosted the server to level 2."],
  11: ["spark", " boosted the server to level 3."],
  12: ["news", " follows another channel from here."],
  [THREAD_CREATED]: ["thread", " started a thread: ", "", "."],
  27: ["voice", " opened the stage."],
  28: ["voice", " closed the stage."],
};

/** What the middle word leads to: the pinned message, or the thread. */
function link(message, word, actions) {
  if (message.type === PINNED) {
    const id = message.message_reference?.message_id;
    return id ? textButton(word, () => actions.onJump(id)) : word;
  }
  const thread = channel(message.message_reference?.channel_id);
  return thread ? textButton(thread.name, () => actions.onOpenThread(thread)) : message.content || "it";
}

const textButton = (words, onclick) => el("button", { type: "button", class: "text-button", onclick }, words);

/** The list item of such a message, or null for one that somebody wrote. */
export function systemNode(message, actions) {
  if (message.failed || ORDINARY.has(message.type)) return null;
  if (message.type === THREAD_STARTER && message.referenced_message) return null;
  const [shape, before, middle, end] = WORDS[message.type] ?? [
    "text",
    ` did something (type ${message.type}).`,
  ];
  return el(
    "li",
    { class: "message system", dataset: { id: message.id }, tabindex: "-1" },
    icon(shape),
    el(
      "p",
      {},
      el("strong", {}, nameOf(message.author ?? state.bot)),
      before,
      middle === undefined ? null : link(message, middle, actions),
      end,
      " ",
      timeElement(new Date(message.timestamp), "head", { class: "when" }),
    ),
  );
}
