// The fault panel: what shall go wrong with the bot's next calls, and strokes upon its gateway.

import * as api from "./api.js";
import { el, icon, toast } from "./dom.js";

const METHODS = ["*", "GET", "POST", "PUT", "PATCH", "DELETE"];
const PATHS = [
  ".",
  "/messages",
  "/interactions/.*/callback",
  "/webhooks/",
  "/reactions/",
  "/members/",
  "/commands",
];
// What can happen, and which further words each takes.
const HAPPENINGS = {
  status: ["It is refused with a status", ["status"]],
  limit: ["It is told to wait (429)", ["retry_after", "everywhere"]],
  latency: ["Its answer comes late", ["latency"]],
  lost: ["It takes effect, its answer is lost", []],
  hang: ["It never gets an answer", []],
};
const CODES = [
  [null, "broken off, without a code"],
  [1000, "1000, closed"],
  [1001, "1001, going away"],
  [4000, "4000, unknown error"],
  [4008, "4008, rate limited"],
  [4009, "4009, session timed out"],
  [4004, "4004, authentication failed"],
  [4014, "4014, disallowed intents"],
];

const pendingList = el("ul", { class: "pending-faults", "aria-label": "Faults to come" });

async function attempt(deed, done) {
  try {
    const result = await deed();
    if (done) toast(done);
    return result;
  } catch (problem) {
    toast(problem.message);
    return null;
  }
}

/** "502", "429, wait 2 s": what a fault does, in words. */
function words(fault) {
  const late = fault.latency ? `${fault.latency} s late` : "";
  if (fault.hang) return "never answered";
  if (fault.lost) return "answer lost";
  if (fault.status === 429)
    return `429, wait ${fault.retry_after ?? 1} s${fault.everywhere ? ", everywhere" : ""}`;
  return [fault.status, late].filter(Boolean).join(", ");
}

function pendingRow(fault) {
  const name = `${fault.method} ${fault.path}`;
  return el(
    "li",
    {},
    el("span", { class: "method" }, fault.method === "*" ? "any" : fault.method),
    el("code", { class: "clip" }, fault.path),
    el("span", { class: "tag" }, words(fault)),
    el("span", { class: "times" }, `× ${fault.times}`),
    el(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": `Remove ${name}`,
        onclick: async () => faultsArrived((await attempt(() => api.removeFault(fault.id))) ?? []),
      },
      icon("close"),
    ),
  );
}

/** The faults that are still to come, whenever they change. */
export function faultsArrived(faults) {
  pendingList.replaceChildren(
    ...(faults.length
      ? faults.map(pendingRow)
      : [el("li", { class: "nothing" }, "Nothing is going to fail.")]),
  );
}

export async function loadFaults() {
  const faults = await attempt(api.getFaults);
  if (faults) faultsArrived(faults);
}

const labelled = (caption, control) =>
  el("label", { class: "fault-field" }, el("span", {}, caption), control);
const number = (name, value, props) => el("input", { type: "number", name, value, required: true, ...props });

function arrangement(fields) {
  const { happening } = fields;
  const fault = { method: fields.method, path: fields.path, times: Number(fields.times) };
  if (happening === "status") fault.status = Number(fields.status);
  if (happening === "limit")
    Object.assign(fault, {
      status: 429,
      retry_after: Number(fields.retry_after),
      everywhere: fields.everywhere === "on",
    });
  if (happening === "latency") fault.latency = Number(fields.latency);
  if (happening === "lost" || happening === "hang") fault[happening] = true;
  return fault;
}

function restForm() {
  const further = {
    status: labelled("Status", number("status", 500, { min: 400, max: 599 })),
    retry_after: labelled("Wait, in seconds", number("retry_after", 1, { min: 0, step: "any" })),
    everywhere: labelled("Of all routes", el("input", { type: "checkbox", name: "everywhere" })),
    latency: labelled("Late by seconds", number("latency", 2, { min: 0, step: "any" })),
  };
  const choose = () => {
    const wanted = HAPPENINGS[happening.value][1];
    for (const [name, node] of Object.entries(further)) {
      node.hidden = !wanted.includes(name);
      node.querySelector("input").disabled = node.hidden;
    }
  };
  const happening = el(
    "select",
    { name: "happening", onchange: choose },
    Object.entries(HAPPENINGS).map(([value, [caption]]) => el("option", { value }, caption)),
  );
  choose();
  return el(
    "form",
    {
      class: "fault-form",
      onsubmit: async (event) => {
        event.preventDefault();
        const fields = Object.fromEntries(new FormData(event.currentTarget));
        const faults = await attempt(() => api.arrangeFault(arrangement(fields)));
        if (faults) faultsArrived(faults);
      },
    },
    labelled(
      "Method",
      el(
        "select",
        { name: "method" },
        METHODS.map((name) => el("option", { value: name }, name === "*" ? "any" : name)),
      ),
    ),
    labelled(
      "Path holds (regular expression)",
      el("input", {
        name: "path",
        list: "fault-paths",
        value: "/messages",
        required: true,
        spellcheck: "false",
      }),
    ),
    el(
      "datalist",
      { id: "fault-paths" },
      PATHS.map((path) => el("option", { value: path })),
    ),
    labelled("What happens", happening),
    ...Object.values(further),
    labelled("How often", number("times", 1, { min: 1 })),
    el("button", { type: "submit", class: "button primary small" }, "Arrange"),
  );
}

function stroke(caption, words_, what, extra = () => ({})) {
  return el(
    "button",
    {
      type: "button",
      class: "button secondary small",
      title: words_,
      onclick: () => attempt(() => api.strikeGateway({ what, ...extra() }), words_),
    },
    caption,
  );
}

function gatewayForm() {
  const code = el(
    "select",
    { "aria-label": "How the socket is closed" },
    CODES.map(([value, caption]) => el("option", { value: value ?? "" }, caption)),
  );
  return el(
    "div",
    { class: "strokes" },
    stroke("Reconnect (op 7)", "Asked the bot to reconnect.", "reconnect"),
    stroke(
      "Invalid, resumable (op 9)",
      "Told the bot that its session is invalid, and resumable.",
      "invalidate",
      () => ({
        resumable: true,
      }),
    ),
    stroke("Invalid (op 9)", "Told the bot that its session is invalid.", "invalidate"),
    stroke("Last interaction again", "Delivered the last interaction once more.", "repeat"),
    el(
      "div",
      { class: "stroke-with" },
      stroke("Drop the socket", "Dropped the bot's socket.", "drop", () => ({
        code: code.value ? Number(code.value) : null,
      })),
      code,
    ),
  );
}

export function faultPanel() {
  faultsArrived([]);
  return el(
    "div",
    { class: "fault-panel" },
    el(
      "section",
      { "aria-label": "Faults of the REST API" },
      el("h3", {}, "The bot's next REST calls"),
      restForm(),
      pendingList,
    ),
    el(
      "section",
      { "aria-label": "Faults of the gateway" },
      el("h3", {}, "Its gateway, at once"),
      gatewayForm(),
    ),
  );
}
