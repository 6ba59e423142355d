// The inspector: a drawer below the page, with the traffic in one half and the faults in the other.

import { el, icon } from "./dom.js";
import { faultPanel, loadFaults } from "./faults.js";
import { loadTraffic, setWatching, trafficPanel } from "./traffic.js";
import { state, watch } from "./store.js";

const drawer = document.getElementById("inspector");
const opener = document.getElementById("open-inspector");
const TABS = [
  ["traffic", "Traffic", trafficPanel],
  ["faults", "Faults", faultPanel],
];
let say = () => {};
let violations = 0;

function showBadge() {
  const badge = opener.querySelector(".badge");
  badge.hidden = !violations;
  badge.textContent = violations > 99 ? "99+" : violations;
  const words = violations ? `Inspector, ${violations} calls broke Discord's description` : "Inspector";
  opener.setAttribute("aria-label", words);
}

/** Some of the bot's calls broke Discord's own description. */
export function violationsArrived({ count }) {
  if (!drawer.hidden) return;
  violations += count;
  showBadge();
}

function select(name) {
  for (const tab of drawer.querySelectorAll('[role="tab"]')) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    document.getElementById(`panel-${tab.dataset.tab}`).hidden = !chosen;
  }
}

async function toggle(open) {
  drawer.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
  setWatching(open);
  say(open ? "watch" : "unwatch");
  if (!open) {
    opener.focus();
    return;
  }
  violations = 0;
  showBadge();
  drawer.querySelector('[role="tab"][aria-selected="true"]').focus();
  await Promise.all([loadTraffic(), loadFaults()]);
}

function onTabKey(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const names = TABS.map(([name]) => name);
  const here = names.indexOf(event.currentTarget.dataset.tab);
  const next = names[(here + step + names.length) % names.length];
  select(next);
  drawer.querySelector(`[data-tab="${next}"]`).focus();
}

/** `line.say(word)` tells the server that this page watches, or that it ceases to. */
export function startInspector(line) {
  say = line.say;
  opener.append(icon("pulse"), el("span", { class: "badge", hidden: true }));
  opener.addEventListener("click", () => toggle(drawer.hidden));
  const tabs = TABS.map(([name, words]) =>
    el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        dataset: { tab: name },
        "aria-controls": `panel-${name}`,
        onclick: () => select(name),
        onkeydown: onTabKey,
      },
      words,
    ),
  );
  drawer.append(
    el(
      "header",
      { class: "inspector-head" },
      el("div", { class: "tabs", role: "tablist", "aria-label": "Inspector" }, tabs),
      el(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Close the inspector",
          onclick: () => toggle(false),
        },
        icon("close"),
      ),
    ),
    ...TABS.map(([name, , make]) =>
      el(
        "div",
        { class: "tab-panel", id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}` },
        make(),
      ),
    ),
  );
  select("traffic");
  drawer.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector(":popover-open, dialog[open]")) return;
    event.stopPropagation();
    toggle(false);
  });
  // A new line knows nothing of what this page watches.
  watch(["link"], () => {
    if (!state.linked || drawer.hidden) return;
    say("watch");
    loadTraffic();
    loadFaults();
  });
}
