// What can be pressed in a message: buttons, selects, and the layout around them.

import { el, icon } from "./dom.js";
import { picture } from "./embeds.js";
import { press } from "./interactions.js";
import { markdown, safeUrl } from "./markdown.js";
import { createSelect, emojiText } from "./select.js";
import { state } from "./store.js";

const ROW = 1,
  BUTTON = 2,
  SECTION = 9,
  TEXT = 10,
  THUMBNAIL = 11,
  GALLERY = 12,
  SEPARATOR = 14,
  CONTAINER = 17;
const SELECTS = new Set([3, 5, 6, 7, 8]);
const LINK = 5;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

function button(data, message) {
  const content = [
    data.emoji ? el("span", { class: "emoji" }, emojiText(data.emoji)) : null,
    data.label ? el("span", {}, data.label) : null,
  ];
  const className = `button ${STYLES[data.style] ?? "secondary"}`;
  const href = data.style === LINK && safeUrl(data.url);
  if (href && !data.disabled) {
    return el(
      "a",
      { class: className, href, target: "_blank", rel: "noreferrer noopener" },
      content,
      icon("link"),
    );
  }
  const waiting = [...state.pending.values()].some(
    (one) => !one.failed && one.messageId === message.id && one.customId === data.custom_id,
  );
  return el(
    "button",
    {
      type: "button",
      class: waiting ? `${className} waiting` : className,
      disabled: data.disabled || waiting,
      dataset: { customId: data.custom_id ?? "" },
      onclick: async (event) => {
        // At once, not when the sandbox answers: a double press is one press.
        const node = event.currentTarget;
        node.disabled = true;
        await press(message, data.custom_id);
        node.disabled = false; // while the answer is awaited, the message is drawn anew with a waiting button
      },
    },
    content,
  );
}

/** One component of any kind, with what it holds. */
export function component(data, message) {
  if (data.type === ROW)
    return el(
      "div",
      { class: "row" },
      (data.components ?? []).map((one) => component(one, message)),
    );
  if (data.type === BUTTON) return button(data, message);
  if (SELECTS.has(data.type))
    return createSelect(data, { onDone: (values) => press(message, data.custom_id, values) }).node;
  if (data.type === TEXT) return el("div", { class: "markdown" }, markdown(data.content));
  if (data.type === SECTION) {
    return el(
      "div",
      { class: "section" },
      el(
        "div",
        {},
        data.components.map((one) => component(one, message)),
      ),
      data.accessory ? component(data.accessory, message) : null,
    );
  }
  if (data.type === THUMBNAIL)
    return picture(
      { ...data.media, description: data.description },
      { className: "embed-thumbnail", maxWidth: 80, maxHeight: 80 },
    );
  if (data.type === GALLERY)
    return el(
      "div",
      { class: "gallery" },
      data.items.map((item) => picture({ ...item.media, description: item.description })),
    );
  if (data.type === SEPARATOR) return el("hr", { class: data.divider === false ? "blank" : "" });
  if (data.type === CONTAINER) {
    return el(
      "div",
      {
        class: "embed container",
        style: data.accent_color ? { "--bar": `#${data.accent_color.toString(16).padStart(6, "0")}` } : {},
      },
      el(
        "div",
        { class: "embed-body" },
        data.components.map((one) => component(one, message)),
      ),
    );
  }
  return el("p", { class: "unknown" }, `This page does not show components of kind ${data.type}.`);
}
