// Forms that the bot opens: built, checked, sent, and kept open until the bot has taken them.

import { el, freshId, icon } from "./dom.js";
import { submitForm } from "./interactions.js";
import { markdown } from "./markdown.js";
import { createSelect } from "./select.js";
import { nameOf, state } from "./store.js";

const ROW = 1,
  TEXT_INPUT = 4,
  TEXT = 10,
  LABEL = 18;
const SELECTS = new Set([3, 5, 6, 7, 8]);
const PARAGRAPH = 2;
const LONGEST = 4000; // characters, where the bot sets no limit of its own

const length = (words) => [...words].length;

/** The text field of a form: {node, check() → error or "", wire()}. */
function textField(data, caption, description) {
  const id = freshId("field");
  const required = data.required ?? true;
  const least = data.min_length ?? (required ? 1 : 0);
  const most = data.max_length ?? LONGEST;
  const count = el("span", { class: "count", "aria-hidden": "true" });
  const problem = el("p", { class: "field-error", id: `${id}-error` });
  const showCount = () => {
    count.textContent =
      most < LONGEST || length(input.value) > LONGEST - 500 ? `${length(input.value)} / ${most}` : "";
  };
  const input = el(data.style === PARAGRAPH ? "textarea" : "input", {
    id,
    name: data.custom_id,
    placeholder: data.placeholder,
    rows: data.style === PARAGRAPH ? 4 : null,
    "aria-required": String(required),
    "aria-describedby": `${id}-error`,
    autocomplete: "off",
    oninput: () => {
      problem.textContent = "";
      input.removeAttribute("aria-invalid");
      showCount();
    },
  });
  input.value = data.value ?? "";
  showCount();

  function check() {
    const size = length(input.value);
    let words = "";
    if (!size && !required) words = "";
    else if (!input.value.trim() && required) words = "Please fill this in.";
    else if (size < least) words = `At least ${least} characters, please.`;
    else if (size > most) words = `At most ${most} characters, please.`;
    problem.textContent = words;
    if (words) input.setAttribute("aria-invalid", "true");
    return words;
  }

  return {
    input,
    check,
    node: el(
      "div",
      { class: "field" },
      el(
        "label",
        { for: id },
        caption,
        required ? el("span", { class: "required", title: "Needed" }, " *") : el("small", {}, " optional"),
        count,
      ),
      description ? el("p", { class: "field-help" }, description) : null,
      input,
      problem,
    ),
    wire: () => ({ type: TEXT_INPUT, custom_id: data.custom_id, value: input.value }),
  };
}

/** A select of a form, with the same handles as a text field. */
function selectField(data, caption, description) {
  const id = freshId("field");
  const required = data.required ?? true;
  const problem = el("p", { class: "field-error" });
  const select = createSelect(data, {
    labelledBy: id,
    onDone: () => {
      problem.textContent = "";
    },
  });
  return {
    input: select.node,
    check() {
      const enough = select.values().length >= (data.min_values ?? 1);
      problem.textContent = required && !enough ? "Please choose." : "";
      return problem.textContent;
    },
    node: el(
      "div",
      { class: "field" },
      el(
        "span",
        { class: "label", id },
        caption,
        required ? el("span", { class: "required" }, " *") : el("small", {}, " optional"),
      ),
      description ? el("p", { class: "field-help" }, description) : null,
      select.node,
      problem,
    ),
    wire: () => ({ type: data.type, custom_id: data.custom_id, values: select.values() }),
  };
}

function field(data, caption, description) {
  if (data.type === TEXT_INPUT) return textField(data, caption ?? data.label, description);
  if (SELECTS.has(data.type)) return selectField(data, caption ?? data.placeholder, description);
  return {
    node: el("p", { class: "unknown" }, `This page does not show fields of kind ${data.type}.`),
    check: () => "",
    wire: () => null,
  };
}

/** The parts of a form, each {node, check, wire}, in the shape in which Discord's clients send them back. */
function parts(components) {
  return components.map((data) => {
    if (data.type === TEXT)
      return {
        node: el("div", { class: "markdown" }, markdown(data.content)),
        check: () => "",
        wire: () => null,
      };
    if (data.type === LABEL) {
      const inner = field(data.component, data.label, data.description);
      return {
        ...inner,
        wire: () => {
          const component = inner.wire();
          return component && { type: LABEL, component };
        },
      };
    }
    const inner = field(data.type === ROW ? data.components[0] : data);
    return {
      ...inner,
      wire: () => {
        const component = inner.wire();
        return component && { type: ROW, components: [component] };
      },
    };
  });
}

/** Opens the form that answers `interactionId`. */
export function openForm(interactionId, modal) {
  const fields = parts(modal.components);
  const titleId = freshId("form");
  const alarm = el("p", { class: "field-error form-error", role: "alert" });
  const submit = el("button", { type: "submit", class: "button primary" }, "Submit");
  const close = () => dialog.close();

  const form = el(
    "form",
    {
      novalidate: true,
      onsubmit: async (event) => {
        event.preventDefault();
        const wrong = fields.filter((one) => one.check());
        if (wrong.length) {
          wrong[0].input.focus();
          return;
        }
        alarm.textContent = "";
        submit.disabled = true;
        await submitForm(interactionId, modal.custom_id, fields.map((one) => one.wire()).filter(Boolean), {
          onAnswered: close,
          onFailed: (words) => {
            alarm.textContent = words;
            submit.disabled = false;
          },
        });
      },
    },
    el(
      "header",
      { class: "form-head" },
      el("h2", { id: titleId }, modal.title),
      el(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Close", onclick: close },
        icon("close"),
      ),
    ),
    el(
      "div",
      { class: "form-body" },
      fields.map((one) => one.node),
      el("p", { class: "form-note" }, `What you write goes to ${nameOf(state.bot)}.`),
    ),
    alarm,
    el(
      "footer",
      { class: "form-foot" },
      el("button", { type: "button", class: "button secondary", onclick: close }, "Cancel"),
      submit,
    ),
  );

  const dialog = el(
    "dialog",
    { class: "form", "aria-labelledby": titleId, onclose: () => dialog.remove() },
    form,
  );
  document.body.append(dialog);
  dialog.showModal();
  fields.find((one) => one.input)?.input.focus();
}
