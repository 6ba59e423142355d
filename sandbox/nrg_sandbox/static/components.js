// What can be pressed in a message: buttons, selects, and the layout around them.

import { el, icon } from "./dom.js";
import { attachment, picture, veiled } from "./embeds.js";
import { press } from "./interactions.js";
import { markdown, safeUrl } from "./markdown.js";
import { createSelect, emojiText } from "./select.js";
import { hex, state } from "./store.js";

const LINK = 5,
  PREMIUM = 6;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };
const WIDE = 2; // a separator's spacing

function button(data, message) {
  if (data.style === PREMIUM)
    return el("button", { type: "button", class: "button", disabled: true }, "Premium");
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

/** What a media item names: an address, or a file of the message itself. */
function media(item, message) {
  const name = item.url?.startsWith("attachment://") ? item.url.slice("attachment://".length) : null;
  return (name && message.attachments?.find((file) => file.filename === name)) || item;
}

const inside = (list, message) => (list ?? []).map((one) => component(one, message));

function section(data, message) {
  return el(
    "div",
    { class: "section" },
    el("div", { class: "section-text" }, inside(data.components, message)),
    data.accessory ? component(data.accessory, message) : null,
  );
}

function thumbnail(data, message) {
  const shown = { ...media(data.media, message), description: data.description, spoiler: data.spoiler };
  return picture(shown, { className: "embed-thumbnail", maxWidth: 85, maxHeight: 85 });
}

function gallery(data, message) {
  const several = data.items.length > 1;
  const size = several ? { width: undefined, height: undefined } : {}; // many share one shape
  return el(
    "div",
    { class: several ? "gallery several" : "gallery" },
    data.items.map((item) =>
      picture({
        ...media(item.media, message),
        description: item.description,
        spoiler: item.spoiler,
        ...size,
      }),
    ),
  );
}

function file(data, message) {
  const found = media(data.file, message);
  const shown = attachment({ filename: found.filename ?? data.name ?? "file", size: data.size, ...found });
  return data.spoiler ? veiled(shown) : shown;
}

function separator(data) {
  const classes = [data.divider === false && "blank", data.spacing === WIDE && "spacious"].filter(Boolean);
  return el("hr", { class: classes.join(" ") });
}

function container(data, message) {
  const node = el(
    "div",
    {
      class: data.accent_color ? "container accented" : "container",
      style: data.accent_color ? { "--bar": hex(data.accent_color) } : {},
    },
    inside(data.components, message),
  );
  return data.spoiler ? veiled(node) : node;
}

function select(data, message) {
  return createSelect(data, { onDone: (values) => press(message, data.custom_id, values) }).node;
}

const KINDS = {
  1: (data, message) => el("div", { class: "row" }, inside(data.components, message)),
  2: button,
  3: select,
  5: select,
  6: select,
  7: select,
  8: select,
  9: section,
  10: (data) => el("div", { class: "markdown" }, markdown(data.content)),
  11: thumbnail,
  12: gallery,
  13: file,
  14: separator,
  17: container,
};

/** One component of any kind, with what it holds. */
export function component(data, message) {
  const make = KINDS[data.type];
  if (make) return make(data, message);
  return el("p", { class: "unknown" }, `This page does not show components of kind ${data.type}.`);
}
