// Forms that the bot opens: built, checked, sent, and kept open until the bot has taken them.

import { el, freshId, icon } from "./dom.js";
import { createField } from "./fields.js";
import { submitForm } from "./interactions.js";
import { markdown } from "./markdown.js";
import { nameOf } from "./people.js";
import { state } from "./store.js";

const ROW = 1,
  TEXT = 10,
  LABEL = 18;

/** One part of a form as {node, check, wire}, in the shape in which Discord's clients send it back. */
function part(data) {
  if (data.type === TEXT)
    return {
      node: el("div", { class: "markdown" }, markdown(data.content)),
      check: () => "",
      wire: () => null,
    };
  if (data.type === LABEL) {
    const inner = createField(data.component, data.label, data.description);
    return { ...inner, wire: async () => ({ type: LABEL, component: await inner.wire() }) };
  }
  const own = data.components[0];
  const inner = createField(own, own.label ?? own.placeholder);
  return { ...inner, wire: async () => ({ type: ROW, components: [await inner.wire()] }) };
}

/** Opens the form that answers `interactionId`. */
export function openForm(interactionId, modal) {
  const fields = modal.components.map(part);
  const titleId = freshId("form");
  const alarm = el("p", { class: "field-error form-error", role: "alert" });
  const submit = el("button", { type: "submit", class: "button primary" }, "Submit");
  const close = () => dialog.close();

  function failed(words) {
    alarm.textContent = words;
    submit.disabled = false;
  }

  async function send(event) {
    event.preventDefault();
    const wrong = fields.filter((one) => one.check());
    if (wrong.length) {
      wrong[0].input.focus();
      return;
    }
    alarm.textContent = "";
    submit.disabled = true;
    try {
      const parts = (await Promise.all(fields.map((one) => one.wire()))).filter(Boolean);
      await submitForm(interactionId, parts, { onAnswered: close, onFailed: failed });
    } catch (problem) {
      failed(problem.message);
    }
  }

  const form = el(
    "form",
    { novalidate: true, onsubmit: send },
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
