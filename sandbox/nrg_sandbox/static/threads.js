// A channel's threads: those that are open, and those that are archived.

import * as api from "./api.js";
import { el, icon, toast } from "./dom.js";
import { openPanel, roveFocus } from "./popover.js";
import { mayStartThread } from "./store.js";
import { createdAt, timeElement } from "./time.js";

function row(thread, onOpen) {
  const { message_count: count = 0 } = thread;
  return el(
    "button",
    { type: "button", class: "menu-item", onclick: () => onOpen(thread) },
    icon("thread"),
    el("span", { class: "menu-label" }, thread.name),
    el(
      "small",
      {},
      `${count} ${count === 1 ? "message" : "messages"} · `,
      timeElement(createdAt(thread.last_message_id ?? thread.id), "R"),
      thread.thread_metadata.locked ? " · locked" : "",
    ),
  );
}

/** The threads as they stand in a list: open ones first. */
function lists(threads, onOpen) {
  const groups = [
    ["Open", threads.filter((one) => !one.thread_metadata.archived)],
    ["Archived", threads.filter((one) => one.thread_metadata.archived)],
  ];
  return groups.flatMap(([title, some]) =>
    some.length ? [el("p", { class: "menu-heading" }, title), ...some.map((one) => row(one, onOpen))] : [],
  );
}

/** The line in which a new thread is named; `onMade(thread)` runs when it is there. */
function newThread(parent, messageId, onMade) {
  const name = el("input", {
    type: "text",
    maxlength: 100,
    placeholder: "New thread…",
    "aria-label": "Name of the new thread",
    autocomplete: "off",
  });
  return el(
    "form",
    {
      class: "panel-foot new-member",
      onsubmit: async (event) => {
        event.preventDefault();
        if (!name.value.trim()) {
          name.focus();
          return;
        }
        const body = { channel_id: parent.id, name: name.value.trim() };
        if (messageId) body.message_id = messageId;
        try {
          onMade(await api.startThread(body));
        } catch (problem) {
          toast(problem.message);
        }
      },
    },
    name,
    el("button", { type: "submit", class: "button primary small" }, "Start"),
  );
}

/** Asks for the name of a thread that begins at a message. */
export function openNewThread(anchor, parent, messageId, onOpen) {
  const form = newThread(parent, messageId, (thread) => {
    opened.close();
    onOpen(thread);
  });
  const opened = openPanel(anchor, form, { label: "Start a thread", className: "wide" });
  form.querySelector("input").focus({ preventScroll: true });
}

/** Opens the list of a channel's threads; `onOpen(thread)` runs for the one chosen. */
export async function openThreads(anchor, parent, onOpen) {
  const content = el("div", { class: "menu" }, el("p", { class: "menu-note" }, "Looking…"));
  const opened = openPanel(anchor, content, { label: `Threads of ${parent.name}`, className: "wide" });
  roveFocus(content, ".menu-item");
  try {
    const threads = await api.getThreads(parent.id);
    const go = (thread) => {
      opened.close();
      onOpen(thread);
    };
    const rows = lists(threads, go);
    content.replaceChildren(
      ...(rows.length ? rows : [el("p", { class: "menu-note" }, "There are no threads here yet.")]),
      ...(mayStartThread(parent) ? [newThread(parent, null, go)] : []),
    );
    content.querySelector(".menu-item, input")?.focus({ preventScroll: true });
    opened.place();
  } catch (problem) {
    opened.close();
    toast(problem.message);
  }
}

/** A forum's threads, drawn where a channel's messages would stand. */
export async function forumPosts(parent, onOpen) {
  const posts = await api.getThreads(parent.id);
  const list = el("div", { class: "menu posts" }, lists(posts, onOpen));
  roveFocus(list, ".menu-item");
  return posts.length ? list : el("p", { class: "menu-note" }, "Nobody has posted here yet.");
}
