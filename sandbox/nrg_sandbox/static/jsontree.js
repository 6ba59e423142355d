// JSON that folds: objects and lists open one level at a time, and their insides are built when they are opened.

import { el } from "./dom.js";

const OPEN_UNTIL = 2; // levels that stand open at first
const MOST_SHOWN = 100; // entries of one object or list
const LONGEST = 600; // characters of one text

function scalar(value) {
  const kind = value === null ? "null" : typeof value;
  const whole = JSON.stringify(value);
  const text = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
  return el("span", { class: `json-${kind}` }, text);
}

const key = (name) => (name === undefined ? null : [el("span", { class: "json-key" }, name), ": "]);

function entries(value, level) {
  const all = Object.entries(value);
  const named = !Array.isArray(value);
  return [
    ...all.slice(0, MOST_SHOWN).map(([name, inner]) => node(inner, level + 1, named ? name : undefined)),
    all.length > MOST_SHOWN ? el("li", { class: "json-null" }, `… ${all.length - MOST_SHOWN} more`) : null,
  ];
}

function summary(value) {
  if (Array.isArray(value)) return `[${value.length}]`;
  const names = Object.keys(value);
  return `{ ${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""} }`;
}

function node(value, level, name) {
  if (value === null || typeof value !== "object") return el("li", {}, key(name), scalar(value));
  if (!Object.keys(value).length) return el("li", {}, key(name), Array.isArray(value) ? "[]" : "{}");
  const list = el("ul", {});
  const fill = () => {
    if (!list.childElementCount) list.append(...entries(value, level).filter(Boolean));
  };
  const folder = el(
    "details",
    { open: level < OPEN_UNTIL, ontoggle: () => folder.open && fill() },
    el("summary", {}, key(name), el("span", { class: "json-fold" }, summary(value))),
    list,
  );
  if (level < OPEN_UNTIL) fill();
  return el("li", {}, folder);
}

/** The tree of a JSON value. */
export function jsonTree(value) {
  return el("ul", { class: "json" }, node(value, 0));
}
