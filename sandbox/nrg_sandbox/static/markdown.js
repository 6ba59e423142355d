// Discord's markdown, as DOM nodes. What is not markup stays text.

import { el } from "./dom.js";
import { channelName, member, nameOf } from "./people.js";
import { hex, myId, role, state } from "./store.js";
import { timeElement } from "./time.js";

const MAX_DEPTH = 8; // markup nested deeper than this is somebody playing; it is shown as text

/** The address if a page may link to it, else nothing. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url);
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : null;
  } catch {
    return null;
  }
}

function link(url, ...content) {
  const href = safeUrl(url);
  if (!href) return el("span", {}, ...content);
  return el("a", { href, target: "_blank", rel: "noreferrer noopener", title: href }, ...content);
}

function mention(label, { mine = false, colour } = {}) {
  return el(
    "span",
    { class: mine ? "mention mine" : "mention", style: colour ? { "--mention": colour } : {} },
    label,
  );
}

function userMention(id) {
  const user = member(id)?.user ?? (id === state.bot?.id ? state.bot : null);
  return mention(user ? `@${nameOf(user)}` : "@unknown", { mine: id === myId() });
}

function roleMention(id) {
  const known = role(id);
  const mine = state.me?.roles.includes(id);
  return mention(`@${known?.name ?? "unknown role"}`, { mine, colour: hex(known?.color) });
}

function spoiler(nodes) {
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    if (!hidden.hasAttribute("role")) return;
    event.preventDefault();
    for (const name of ["role", "tabindex", "aria-label"]) hidden.removeAttribute(name);
    hidden.classList.add("shown");
  };
  // A span, not a button: what is inside may hold links.
  const hidden = el(
    "span",
    {
      class: "spoiler",
      role: "button",
      tabindex: "0",
      "aria-label": "Spoiler, press to show",
      onclick: show,
      onkeydown: show,
    },
    el("span", {}, ...nodes),
  );
  return hidden;
}

// Each rule: where it may begin, and what it makes of its match. The first that fits wins.
const RULES = [
  [/\\([^\w\s])/y, ([, mark]) => [mark]],
  [/(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/y, ([, , code]) => [el("code", {}, code.trim() || code)]],
  [/<@!?(\d+)>/y, ([, id]) => [userMention(id)]],
  [/<@&(\d+)>/y, ([, id]) => [roleMention(id)]],
  [/<#(\d+)>/y, ([, id]) => [mention(`#${channelName(id)}`)]],
  [/<\/([^:>]{1,100}):\d+>/y, ([, name]) => [mention(`/${name}`)]],
  [/<a?:(\w{1,32}):\d+>/y, ([, name]) => [el("span", { class: "custom-emoji" }, `:${name}:`)]],
  [
    /<t:(-?\d{1,13})(?::([tTdDfFsSR]))?>/y,
    ([, seconds, style]) => [timeElement(new Date(seconds * 1000), style, { class: "stamp" })],
  ],
  [/@(everyone|here)\b/y, ([whole]) => [mention(whole, { mine: true })]],
  [
    /\[([^[\]\n]+)\]\(<?(https?:\/\/[^\s)>]+)>?(?: "[^"\n]*")?\)/y,
    ([, label, url], deeper) => [link(url, ...deeper(label))],
  ],
  [/<(https?:\/\/[^\s>]+)>/y, ([, url]) => [link(url, url)]],
  [/https?:\/\/[^\s<]*[^\s<.,:;"'\])!?]/y, ([url]) => [link(url, url)]],
  [/\|\|([\s\S]+?)\|\|/y, ([, inner], deeper) => [spoiler(deeper(inner))]],
  [/\*\*([\s\S]+?)\*\*(?!\*)/y, ([, inner], deeper) => [el("strong", {}, ...deeper(inner))]],
  [/__([\s\S]+?)__(?!_)/y, ([, inner], deeper) => [el("u", {}, ...deeper(inner))]],
  [/~~([\s\S]+?)~~/y, ([, inner], deeper) => [el("s", {}, ...deeper(inner))]],
  [
    /\*(?![\s*])([^*]*(?:\*\*[^*]+\*\*[^*]*)*)\*(?!\*)/y,
    ([, inner], deeper) => [el("em", {}, ...deeper(inner))],
  ],
  [
    /(?<!\w)_(?![\s_])([^_]*(?:__[^_]+__[^_]*)*)_(?!\w)/y,
    ([, inner], deeper) => [el("em", {}, ...deeper(inner))],
  ],
];
const STARTS = /[\\`<@[h|*_~]/;

/** Inline markup of one stretch of text. */
export function inline(text, depth = 0) {
  const nodes = [];
  let plain = "";
  let index = 0;
  const deeper = (inner) => inline(inner, depth + 1);
  scan: while (index < text.length) {
    if (depth < MAX_DEPTH && STARTS.test(text[index])) {
      for (const [pattern, make] of RULES) {
        pattern.lastIndex = index;
        const match = pattern.exec(text);
        if (!match) continue;
        if (plain) nodes.push(plain);
        plain = "";
        nodes.push(...make(match, deeper));
        index += match[0].length;
        continue scan;
      }
    }
    plain += text[index];
    index += 1;
  }
  if (plain) nodes.push(plain);
  return nodes;
}

const LIST = /^(\s*)([-*]|\d{1,9}\.)\s+(.+)$/;

const isNumbered = (item) => /\d/.test(item.mark);

/** The lists that the lines make: at the outer level, another kind of mark begins another list. */
function lists(items) {
  const runs = [];
  for (const item of items) {
    const first = runs.at(-1)?.[0];
    if (first && (item.indent > first.indent || isNumbered(item) === isNumbered(first)))
      runs.at(-1).push(item);
    else runs.push([item]);
  }
  return runs.map(list);
}

/** One list, nested by indentation. */
function list(items) {
  const ordered = isNumbered(items[0]);
  const node = el(ordered ? "ol" : "ul", ordered ? { start: Number.parseInt(items[0].mark, 10) } : {});
  for (let i = 0; i < items.length;) {
    const item = el("li", {}, ...inline(items[i].text));
    let end = i + 1;
    while (end < items.length && items[end].indent > items[i].indent) end += 1;
    if (end > i + 1) item.append(...lists(items.slice(i + 1, end)));
    node.append(item);
    i = end;
  }
  return node;
}

function blocks(text) {
  const nodes = [];
  const lines = text.split("\n");
  let plain = [];
  const flush = () => {
    if (plain.length) nodes.push(el("p", {}, ...inline(plain.join("\n"))));
    plain = [];
  };
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i];
    const heading = /^(#{1,3})\s+(.+)$/.exec(line);
    const small = /^-#\s+(.+)$/.exec(line);
    if (line.startsWith(">>> ")) {
      flush();
      nodes.push(el("blockquote", {}, ...blocks([line.slice(4), ...lines.slice(i + 1)].join("\n"))));
      return nodes;
    }
    if (/^> /.test(line)) {
      flush();
      const quoted = [];
      for (; i < lines.length && /^> ?/.test(lines[i]); i += 1) quoted.push(lines[i].replace(/^> ?/, ""));
      i -= 1;
      nodes.push(el("blockquote", {}, ...blocks(quoted.join("\n"))));
    } else if (heading) {
      flush();
      // The page has its own headings; a message's stand below them.
      nodes.push(el(`h${heading[1].length + 3}`, {}, ...inline(heading[2])));
    } else if (small) {
      flush();
      nodes.push(el("small", {}, ...inline(small[1])));
    } else if (LIST.test(line)) {
      flush();
      const items = [];
      for (let match; i < lines.length && (match = LIST.exec(lines[i])); i += 1) {
        items.push({ indent: match[1].length, mark: match[2], text: match[3] });
      }
      i -= 1;
      nodes.push(...lists(items));
    } else plain.push(line);
  }
  flush();
  return nodes;
}

const FENCE = /```(?:([\w+.#-]+)\n)?\n?([\s\S]+?)\n?```\n?/g;

/** A whole text: blocks, fences and inline markup. */
export function markdown(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(FENCE)) {
    if (match.index > from) nodes.push(...blocks(text.slice(from, match.index).replace(/\n$/, "")));
    nodes.push(
      el("pre", { tabindex: "0" }, el("code", { dataset: match[1] ? { language: match[1] } : {} }, match[2])),
    );
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(...blocks(text.slice(from)));
  return nodes;
}

/** A text without its markup, on one line; what is hidden stays hidden. */
export function plainText(text) {
  const node = el("span", {}, ...inline(text));
  for (const hidden of node.querySelectorAll(".spoiler")) hidden.replaceWith("▒▒▒");
  return node.textContent.replace(/\s+/g, " ").trim();
}
