// Embeds, attachments and pictures. Every picture's room is kept before it arrives.

import { el, icon } from "./dom.js";
import { inline, markdown, safeUrl } from "./markdown.js";
import { hex } from "./store.js";
import { timeElement } from "./time.js";

const MAX_WIDTH = 420;
const MAX_HEIGHT = 320;

/**
 * The address of a file that this sandbox serves, under the host by which the page was opened; else nothing.
 * Pictures from elsewhere are named, not fetched: a local page stays local.
 */
function ownUrl(url) {
  try {
    const parsed = new URL(url, location.href);
    return parsed.port === location.port && parsed.pathname.startsWith("/sandbox/")
      ? parsed.pathname + parsed.search
      : null;
  } catch {
    return null;
  }
}

/** A picture at its own size, or a named link where it comes from elsewhere. */
export function picture(
  media,
  { alt, className = "picture", maxWidth = MAX_WIDTH, maxHeight = MAX_HEIGHT } = {},
) {
  const url = ownUrl(media.url);
  if (!url) {
    return el(
      "a",
      { class: "elsewhere", href: safeUrl(media.url), target: "_blank", rel: "noreferrer noopener" },
      icon("link"),
      "A picture from elsewhere",
    );
  }
  const sized = media.width && media.height;
  const scale = sized ? Math.min(1, maxWidth / media.width, maxHeight / media.height) : 1;
  const frame = el(
    "a",
    {
      class: `${className} ${sized ? "" : "unsized"}`,
      href: url,
      target: "_blank",
      rel: "noopener",
      style: sized
        ? {
            width: `${Math.round(media.width * scale)}px`,
            "aspect-ratio": `${media.width} / ${media.height}`,
          }
        : {},
    },
    el("img", { src: url, alt: alt ?? media.description ?? "", loading: "lazy" }),
  );
  return media.spoiler ? veiled(frame) : frame;
}

/** Hides something behind a press. */
export function veiled(node) {
  const cover = el(
    "button",
    { type: "button", class: "cover", onclick: () => cover.replaceWith(node) },
    el("span", {}, "Spoiler"),
  );
  cover.style.setProperty("width", node.style.width || "min(320px, 100%)");
  return cover;
}

function maybeLinked(url, nodes) {
  const href = url && safeUrl(url);
  return href ? el("a", { href, target: "_blank", rel: "noreferrer noopener" }, ...nodes) : nodes;
}

function smallIcon(url) {
  const own = url && ownUrl(url);
  return own ? el("img", { class: "embed-icon", src: own, alt: "", width: 20, height: 20 }) : null;
}

/** How many columns a field takes of twelve: inline ones share a line, up to three. */
function fieldSpans(fields) {
  const spans = [];
  for (let i = 0; i < fields.length;) {
    let end = i;
    while (end < fields.length && fields[end].inline && end - i < 3) end += 1;
    const count = Math.max(1, end - i);
    const inlined = end > i;
    for (let k = 0; k < count; k += 1) spans.push(inlined ? (count === 2 ? 6 : 4) : 12);
    i += count;
  }
  return spans;
}

export function embed(data) {
  const spans = fieldSpans(data.fields ?? []);
  const when = data.timestamp ? timeElement(new Date(data.timestamp), "head") : null;
  const foot = [data.footer?.text, when].filter(Boolean);
  return el(
    "article",
    {
      class: "embed",
      style: data.color ? { "--bar": hex(data.color) } : {},
    },
    el(
      "div",
      { class: "embed-body" },
      data.author
        ? el(
            "p",
            { class: "embed-author" },
            smallIcon(data.author.icon_url),
            maybeLinked(data.author.url, [data.author.name]),
          )
        : null,
      data.title ? el("h4", { class: "embed-title" }, maybeLinked(data.url, inline(data.title))) : null,
      data.description ? el("div", { class: "markdown" }, markdown(data.description)) : null,
      data.fields?.length
        ? el(
            "dl",
            { class: "embed-fields" },
            data.fields.map((field, index) =>
              el(
                "div",
                { class: `span-${spans[index]}` },
                el("dt", {}, ...inline(field.name)),
                el("dd", { class: "markdown" }, markdown(field.value)),
              ),
            ),
          )
        : null,
    ),
    data.thumbnail
      ? picture(data.thumbnail, { className: "embed-thumbnail", maxWidth: 80, maxHeight: 80 })
      : null,
    data.image ? picture(data.image) : null,
    foot.length
      ? el(
          "p",
          { class: "embed-foot" },
          smallIcon(data.footer?.icon_url),
          foot.length > 1 ? [foot[0], " · ", foot[1]] : foot,
        )
      : null,
  );
}

function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** A file below a message: a picture where it is one. */
export function attachment(file) {
  const hidden = file.filename.startsWith("SPOILER_");
  if (file.content_type?.startsWith("image/") || /\.(png|jpe?g|gif|webp|svg)$/i.test(file.filename)) {
    return picture({ ...file, spoiler: hidden }, { alt: file.description ?? file.filename });
  }
  return el(
    "a",
    { class: "file", href: ownUrl(file.url), download: file.filename },
    icon("file"),
    el("span", {}, file.filename, el("small", {}, fileSize(file.size ?? 0))),
  );
}
