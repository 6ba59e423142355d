// The fields of a form, of every kind that Discord knows: each {node, input, check() → error or "", wire()}.

import * as api from "./api.js";
import { el, freshId, toast } from "./dom.js";
import { createSelect } from "./select.js";

const PARAGRAPH = 2;
const LONGEST = 4000; // characters, where the bot sets no limit of its own

const length = (words) => [...words].length;

const mark = (required) =>
  required ? el("span", { class: "required", title: "Needed" }, " *") : el("small", {}, " optional");

/** The frame around every field: its caption, a line of help, the control and what is wrong with it. */
function frame({ caption, description, required, id, grouped = false, extra }, control) {
  const problem = el("p", { class: "field-error", id: `${id}-error` });
  const title = grouped
    ? el("span", { class: "label", id }, caption, mark(required), extra)
    : el("label", { for: id }, caption, mark(required), extra);
  const node = el(
    "div",
    { class: "field" },
    title,
    description ? el("p", { class: "field-help" }, description) : null,
    control,
    problem,
  );
  return { node, complain: (words) => (problem.textContent = words) };
}

function textField(data, caption, description) {
  const id = freshId("field");
  const required = data.required ?? true;
  const least = data.min_length ?? (required ? 1 : 0);
  const most = data.max_length ?? LONGEST;
  const count = el("span", { class: "count", "aria-hidden": "true" });
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
      complain("");
      input.removeAttribute("aria-invalid");
      showCount();
    },
  });
  input.value = data.value ?? "";
  const { node, complain } = frame({ caption, description, required, id, extra: count }, input);
  showCount();

  function check() {
    const size = length(input.value);
    let words = "";
    if (!size && !required) words = "";
    else if (!input.value.trim() && required) words = "Please fill this in.";
    else if (size < least) words = `At least ${least} characters, please.`;
    else if (size > most) words = `At most ${most} characters, please.`;
    if (words) input.setAttribute("aria-invalid", "true");
    return complain(words);
  }

  return { node, input, check, wire: () => ({ value: input.value }) };
}

function selectField(data, caption, description) {
  const id = freshId("field");
  const required = data.required ?? true;
  const select = createSelect(data, { labelledBy: id, onDone: () => complain("") });
  const { node, complain } = frame({ caption, description, required, id, grouped: true }, select.node);
  return {
    node,
    input: select.node,
    check() {
      const count = select.values().length;
      const enough = count >= (data.min_values ?? 1) || (!required && !count);
      return complain(enough ? "" : "Please choose.");
    },
    wire: () => ({ values: select.values() }),
  };
}

/** The words that say how many are wanted: "Choose 2 to 3." */
function howMany(least, most) {
  return least === most ? `Choose ${least}.` : `Choose ${least} to ${most}.`;
}

/** Radio buttons, or checkboxes of a group. */
function optionsField(data, caption, description, single) {
  const id = freshId("field");
  const required = data.required ?? true;
  const least = data.min_values ?? (required ? 1 : 0);
  const most = data.max_values ?? data.options.length;
  const inputs = data.options.map((option) =>
    el("input", {
      type: single ? "radio" : "checkbox",
      name: id,
      value: option.value,
      checked: option.default,
      onchange: () => complain(""),
    }),
  );
  const rows = data.options.map((option, index) =>
    el(
      "label",
      { class: "option-row" },
      inputs[index],
      el("span", {}, option.label, option.description ? el("small", {}, option.description) : null),
    ),
  );
  const group = el(
    "div",
    { class: "options", role: single ? "radiogroup" : "group", "aria-labelledby": id },
    rows,
  );
  const { node, complain } = frame({ caption, description, required, id, grouped: true }, group);
  const chosen = () => inputs.filter((one) => one.checked).map((one) => one.value);
  return {
    node,
    input: inputs[0],
    check() {
      const count = chosen().length;
      if (!count && !required) return complain("");
      if (single) return complain(count ? "" : "Please choose.");
      return complain(count >= least && count <= most ? "" : howMany(least, most));
    },
    wire: () => (single ? { value: chosen()[0] ?? null } : { values: chosen() }),
  };
}

function checkboxField(data, caption, description) {
  const id = freshId("field");
  const input = el("input", { type: "checkbox", id, checked: data.default });
  const node = el(
    "div",
    { class: "field" },
    el(
      "label",
      { class: "option-row", for: id },
      input,
      el("span", {}, caption, description ? el("small", {}, description) : null),
    ),
  );
  return { node, input, check: () => "", wire: () => ({ value: input.checked }) };
}

function fileField(data, caption, description) {
  const id = freshId("field");
  const required = data.required ?? true;
  const least = data.min_values ?? (required ? 1 : 0);
  const most = data.max_values ?? 1;
  let uploading = null;
  const input = el("input", {
    id,
    type: "file",
    multiple: most > 1,
    onchange: () => {
      complain("");
      uploading = Promise.all([...input.files].map(api.upload));
      uploading.catch((problem) => toast(problem.message));
    },
  });
  const { node, complain } = frame({ caption, description, required, id }, input);
  return {
    node,
    input,
    check() {
      const count = input.files.length;
      if (!count && !required) return complain("");
      return complain(count >= least && count <= most ? "" : howMany(least, most));
    },
    wire: async () => ({ values: ((await uploading) ?? []).map((file) => file.id) }),
  };
}

const KINDS = {
  3: selectField,
  4: textField,
  5: selectField,
  6: selectField,
  7: selectField,
  8: selectField,
  19: fileField,
  21: (data, caption, description) => optionsField(data, caption, description, true),
  22: (data, caption, description) => optionsField(data, caption, description, false),
  23: checkboxField,
};

/** A field of a form; `wire()` tells, maybe later, what is sent of it. */
export function createField(data, caption, description) {
  const make = KINDS[data.type];
  if (!make)
    return {
      node: el("p", { class: "unknown" }, `This page does not show fields of kind ${data.type}.`),
      check: () => "",
      wire: () => null,
    };
  const made = make(data, caption, description);
  return {
    ...made,
    wire: async () => ({ type: data.type, custom_id: data.custom_id, ...(await made.wire()) }),
  };
}
