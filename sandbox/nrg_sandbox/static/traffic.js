// The traffic: REST calls and gateway frames. Of thousands of rows only those in view are nodes.

import * as api from "./api.js";
import { el, icon, toast } from "./dom.js";
import { jsonTree } from "./jsontree.js";
import { clockTime } from "./time.js";

const ROW = 26; // px; the style sheet knows it too
const SPARE = 12; // rows drawn above and below what is seen
const MOST = 12_000; // rows held
const KINDS = { all: "Everything", rest: "REST", gateway: "Gateway", problems: "Problems" };
const OPS = {
  0: "dispatch",
  1: "heartbeat",
  2: "identify",
  3: "presence",
  4: "voice",
  6: "resume",
  7: "reconnect",
  8: "members",
  9: "invalid session",
  10: "hello",
  11: "ack",
};

let rows = [];
let shown = [];
let kind = "all";
let words = "";
let paused = false;
let held = []; // what came in during a pause
let chosen = null;
let watching = false;
let frameAsked = false;

const list = el("div", { class: "rows", role: "listbox", tabindex: "0", "aria-label": "Traffic" });
const sizer = el("div", { class: "rows-sizer", role: "presentation" });
const count = el("p", { class: "rows-count", role: "status" });
const detail = el("section", { class: "detail", "aria-label": "Details" });
const pauseButton = el("button", { type: "button", class: "icon-button", onclick: () => setPaused(!paused) });

const isRest = (one) => one.kind === "rest";
const isProblem = (one) =>
  isRest(one) && (one.status === 0 || one.status >= 400 || one.violations.length > 0);
const nameOf = (one) => (isRest(one) ? one.path : (one.name ?? OPS[one.op] ?? `op ${one.op}`));

function fits(one) {
  if (kind === "problems" ? !isProblem(one) : kind !== "all" && one.kind !== kind) return false;
  if (!words) return true;
  const text = isRest(one)
    ? `${one.method} ${one.path} ${one.status} ${one.violations.join(" ")}`
    : `${nameOf(one)} op ${one.op} ${one.sent ? "sent" : "received"}`;
  return text.toLowerCase().includes(words);
}

function statusClass(one) {
  if (one.violations.length) return "violating";
  if (one.status === 0 || one.status >= 500) return "broken";
  if (one.status === 429) return "waiting";
  return one.status >= 400 ? "refused" : "fine";
}

function restCells(one) {
  return [
    el("span", { class: "method" }, one.method),
    el("span", { class: "path clip" }, one.path, one.query ? el("small", {}, `?${one.query}`) : null),
    one.violations.length ? el("span", { class: "tag bad" }, "breaks the description") : null,
    el("span", { class: `status ${statusClass(one)}` }, one.status || "—"),
    el("span", { class: "took" }, `${(one.seconds * 1000).toFixed(one.seconds < 0.01 ? 1 : 0)} ms`),
  ];
}

function frameCells(one) {
  return [
    el("span", { class: one.sent ? "method sent" : "method received" }, one.sent ? "→ bot" : "← bot"),
    el("span", { class: "path clip" }, nameOf(one)),
    el("span", { class: "status" }, `op ${one.op}`),
    el("span", { class: "took" }, `${one.bytes} B`),
  ];
}

function row(one, index) {
  return el(
    "div",
    {
      role: "option",
      id: `row-${one.id}`,
      class: "traffic-row",
      "aria-selected": String(one.id === chosen),
      style: { top: `${index * ROW}px` },
      onclick: () => choose(one),
    },
    el("time", {}, clockTime(new Date(one.at * 1000))),
    isRest(one) ? restCells(one) : frameCells(one),
  );
}

function draw() {
  frameAsked = false;
  sizer.style.setProperty("height", `${shown.length * ROW}px`);
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
  sizer.replaceChildren(...shown.slice(first, last).map((one, index) => row(one, first + index)));
  const waiting = held.length ? `, ${held.length.toLocaleString("en")} waiting` : "";
  const of = shown.length === rows.length ? "" : ` of ${rows.length.toLocaleString("en")}`;
  count.textContent = `${shown.length.toLocaleString("en")}${of}${waiting}`;
}

function askToDraw() {
  if (frameAsked || !watching) return;
  frameAsked = true;
  requestAnimationFrame(draw);
}

const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 2 * ROW;

function follow(wasAtEnd) {
  draw();
  if (wasAtEnd) list.scrollTop = list.scrollHeight;
}

function filterAgain() {
  shown = rows.filter(fits);
  follow(true);
}

function add(items) {
  const wasAtEnd = atEnd();
  for (const one of items) {
    rows.push(one);
    if (fits(one)) shown.push(one);
  }
  if (rows.length > MOST) {
    rows = rows.slice(-MOST);
    shown = shown.slice(shown.findIndex((one) => one.id >= rows[0].id));
  }
  follow(wasAtEnd);
}

function setPaused(next) {
  paused = next;
  pauseButton.replaceChildren(icon(paused ? "play" : "pause"));
  pauseButton.setAttribute("aria-label", paused ? "Go on" : "Pause");
  pauseButton.title = paused ? "Go on" : "Pause";
  if (!paused) add(held.splice(0));
}

function clear() {
  rows = [];
  held = [];
  chosen = null;
  detail.replaceChildren();
  detail.hidden = true;
  filterAgain();
}

function heading(one) {
  if (!isRest(one))
    return `${one.sent ? "To" : "From"} the bot: ${nameOf(one)}, op ${one.op}, shard ${one.shard}`;
  return `${one.method} ${one.path}${one.query ? `?${one.query}` : ""}`;
}

function body(title, json) {
  if (json === null || json === undefined) return null;
  return [el("h4", {}, title), jsonTree(json)];
}

function showDetail(one) {
  detail.hidden = false;
  detail.replaceChildren(
    el(
      "header",
      { class: "detail-head" },
      el("h3", {}, heading(one)),
      el(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Close the details", onclick: closeDetail },
        icon("close"),
      ),
    ),
    ...[
      one.violations?.length
        ? el(
            "ul",
            { class: "violations" },
            one.violations.map((words_) => el("li", {}, words_)),
          )
        : null,
      body("Request", one.request),
      body(`Answer ${one.status || "(none)"}`, one.response),
      body("Payload", one.body),
      isRest(one) && one.request === null && one.response === null
        ? el("p", { class: "menu-note" }, "No bodies: there were none, or they have been let go.")
        : null,
    ]
      .flat(2)
      .filter(Boolean),
  );
}

function closeDetail() {
  chosen = null;
  detail.hidden = true;
  draw();
  list.focus();
}

async function choose(one) {
  chosen = one.id;
  list.setAttribute("aria-activedescendant", `row-${one.id}`);
  draw();
  try {
    const whole = await api.getExchange(one.id);
    if (chosen === one.id) showDetail(whole);
  } catch {
    toast("The sandbox has let go of that one.");
  }
}

function onKey(event) {
  const here = shown.findIndex((one) => one.id === chosen);
  const page = Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
  const steps = { ArrowDown: here + 1, ArrowUp: here < 0 ? shown.length - 1 : here - 1 };
  Object.assign(steps, { Home: 0, End: shown.length - 1, PageDown: here + page, PageUp: here - page });
  const next = steps[event.key];
  if (next === undefined || !shown.length) return;
  event.preventDefault();
  const index = Math.max(0, Math.min(shown.length - 1, next));
  const top = index * ROW;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
  choose(shown[index]);
}

/** New traffic, told in batches. */
export function trafficArrived(items) {
  if (!paused) {
    add(items);
    return;
  }
  held = [...held, ...items].slice(-MOST);
  askToDraw();
}

/** Reads what the sandbox has kept. */
export async function loadTraffic() {
  try {
    rows = (await api.getTraffic()).slice(-MOST);
    held = [];
    filterAgain();
  } catch (problem) {
    toast(problem.message);
  }
}

/** Whether the drawer is open: a closed one draws nothing and holds nothing. */
export function setWatching(open) {
  watching = open;
  if (!open) clear();
}

export function trafficPanel() {
  list.append(sizer);
  list.addEventListener("scroll", askToDraw, { passive: true });
  list.addEventListener("keydown", onKey);
  new ResizeObserver(askToDraw).observe(list);
  detail.hidden = true;
  setPaused(false);
  const filter = el("input", {
    type: "search",
    class: "filter",
    placeholder: "Filter: path, status, event…",
    "aria-label": "Filter the traffic",
    oninput: (event) => {
      words = event.target.value.trim().toLowerCase();
      filterAgain();
    },
  });
  const kinds = el(
    "select",
    {
      "aria-label": "What to show",
      onchange: (event) => {
        kind = event.target.value;
        filterAgain();
      },
    },
    Object.entries(KINDS).map(([value, name]) => el("option", { value }, name)),
  );
  const clearButton = el(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Clear", title: "Clear", onclick: clear },
    icon("trash"),
  );
  return [
    el("div", { class: "traffic-tools" }, filter, kinds, pauseButton, clearButton, count),
    el("div", { class: "traffic" }, list, detail),
  ];
}
