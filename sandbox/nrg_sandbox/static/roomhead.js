// The head of the open channel: its name, its topic, its threads, its pinned messages, and joining it by voice.

import { moveVoice, shapeOf } from "./channels.js";
import { el, icon } from "./dom.js";
import { inline } from "./markdown.js";
import { channelTitle } from "./people.js";
import { openPins } from "./pins.js";
import { channel, DIRECT_MESSAGE, isSpoken, isThread, may, myId, state, watch } from "./store.js";
import { openThreads } from "./threads.js";

const head = document.getElementById("room-head");
let actions = {};

function tool(name, words, onclick) {
  return el(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": words,
      title: words,
      "aria-haspopup": "dialog",
      onclick,
    },
    icon(name),
  );
}

function voiceTool(one) {
  const inside = state.voice.get(myId())?.channel_id === one.id;
  if (!inside && !may("CONNECT", one)) return null;
  return el(
    "button",
    {
      type: "button",
      class: inside ? "button danger small" : "button success small",
      onclick: () => moveVoice(inside ? null : one.id),
    },
    inside ? "Leave voice" : "Join voice",
  );
}

function threadState(one) {
  const { archived, locked } = one.thread_metadata ?? {};
  if (!archived && !locked) return null;
  return el(
    "span",
    { class: "tag" },
    [archived && "archived", locked && "locked"].filter(Boolean).join(", "),
  );
}

function draw() {
  const one = channel();
  if (!one) {
    head.replaceChildren(el("h1", {}, state.guild?.name ?? "Sandbox"));
    return;
  }
  const parent = isThread(one) ? channel(one.parent_id) : null;
  head.replaceChildren(
    ...[
      parent
        ? el(
            "button",
            { type: "button", class: "parent clip", onclick: () => actions.onOpen(parent.id) },
            icon(shapeOf(parent)),
            channelTitle(parent),
          )
        : null,
      el("h1", {}, icon(shapeOf(one)), el("span", { class: "clip" }, channelTitle(one))),
      isThread(one) ? threadState(one) : null,
      one.topic ? el("p", { class: "topic clip" }, ...inline(one.topic)) : null,
      el(
        "div",
        { class: "head-tools" },
        isSpoken(one) ? voiceTool(one) : null,
        one.type === DIRECT_MESSAGE || isThread(one) || isSpoken(one)
          ? null
          : tool("thread", "Threads", (event) => openThreads(event.currentTarget, one, actions.onOpenThread)),
        tool("pin", "Pinned messages", (event) => openPins(event.currentTarget, one)),
      ),
    ].filter(Boolean),
  );
}

/** `onOpen(channelId)` and `onOpenThread(thread)` open what was chosen. */
export function startRoomHead(handlers) {
  actions = handlers;
  watch(["channels", "world", "channel", "voice"], draw);
}
