// A command being filled in: its name, a field for each option, and a last field that adds optional ones.

import * as api from "./api.js";
import { avatar, el, icon, toast } from "./dom.js";
import {
  ATTACHMENT,
  BOOLEAN,
  fixedChoices,
  halfTyped,
  INTEGER,
  invocation,
  limits,
  MENTIONABLE,
  NUMBER,
  personChoice,
  suggestions as fitting,
  USER,
} from "./invocation.js";
import { everyoneIsListed, findPeople } from "./people.js";
import { state } from "./store.js";

const DEBOUNCE = 150; // ms, from the last key to the question

export class CommandBar {
  #entry;
  #fields = [];
  #suggestions;
  #tail;
  #box;
  #hint;
  #asked = 0;
  #timer;
  #onSend;
  #onLeave;

  /** `hint(text, isError)` shows a line of help; `onSend(entry, options)`; `onLeave()` on Esc. */
  constructor(entry, { suggestions, hint, onSend, onLeave }) {
    this.#entry = entry;
    this.#suggestions = suggestions;
    this.#hint = hint;
    this.#onSend = onSend;
    this.#onLeave = onLeave;
    this.#tail = el("input", {
      class: "option-add",
      role: "combobox",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      onfocus: () => this.#suggestOptions(),
      oninput: () => this.#suggestOptions(),
      onkeydown: (event) => this.#tailKey(event),
      onblur: () => this.#suggestions.hide(),
    });
    this.#box = el(
      "div",
      { class: "command", role: "group", "aria-label": `Command ${entry.name}` },
      el("span", { class: "command-name" }, `/${entry.name}`),
      this.#tail,
    );
    for (const option of entry.options) if (option.required) this.#add(option);
    this.#showTail();
  }

  get node() {
    return this.#box;
  }

  focus() {
    (this.#fields.find((field) => field.option.required && !field.text)?.input ?? this.#tail).focus();
  }

  send() {
    const { options, error, field } = invocation(this.#entry, this.#fields);
    for (const one of this.#fields) one.input.setAttribute("aria-invalid", String(one === field));
    if (error) {
      field.input.focus();
      this.#hint(error, true);
      return;
    }
    this.close();
    this.#onSend(this.#entry, options);
  }

  /** Stops what is still on its way. */
  close() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#suggestions.hide();
  }

  #left() {
    return this.#entry.options.filter((option) => !this.#fields.some((field) => field.option === option));
  }

  #showTail() {
    const some = this.#left().length > 0;
    this.#tail.readOnly = !some;
    this.#tail.placeholder = some ? "add an option…" : "Enter to send";
    this.#tail.setAttribute(
      "aria-label",
      some ? "Add an option, or press Enter to send" : "Press Enter to send",
    );
  }

  #add(option) {
    const field = { option, text: "", picked: null };
    field.input = option.type === ATTACHMENT ? this.#filePicker(field) : this.#textInput(field);
    field.node = el(
      "label",
      { class: "option" },
      el("span", { class: "option-name" }, option.name),
      field.input,
      option.required
        ? null
        : el(
            "button",
            {
              type: "button",
              class: "option-remove",
              tabindex: "-1",
              "aria-label": `Remove ${option.name}`,
              onclick: () => this.#remove(field),
            },
            icon("close"),
          ),
    );
    this.#fields.push(field);
    this.#box.insertBefore(field.node, this.#tail);
    this.#showTail();
    return field;
  }

  /** A file goes up as soon as it is chosen: the command is sent with its id. */
  #filePicker(field) {
    return el("input", {
      type: "file",
      "aria-label": field.option.name,
      onfocus: () => {
        this.#explain(field);
        this.#suggestions.hide();
      },
      onchange: async (event) => {
        field.picked = null;
        const file = event.target.files[0];
        if (!file) return;
        this.#hint(`Sending ${file.name}…`);
        try {
          field.picked = { value: (await api.upload(file)).id };
          field.text = file.name;
          this.#hint(`${file.name} is ready. Enter sends.`);
          this.#tail.focus();
        } catch (problem) {
          toast(problem.message);
        }
      },
      onkeydown: (event) => {
        if (event.key === "Escape") this.#commonKey(event);
      },
    });
  }

  #textInput(field) {
    const { option } = field;
    return el("input", {
      role: "combobox",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      "aria-label": option.name,
      "aria-required": String(Boolean(option.required)),
      autocomplete: "off",
      spellcheck: "false",
      size: 8,
      inputmode: option.type === INTEGER || option.type === NUMBER ? "decimal" : "text",
      onfocus: () => {
        this.#explain(field);
        this.#suggest(field);
      },
      onblur: () => this.#suggestions.hide(),
      oninput: () => {
        field.text = field.input.value;
        field.picked = null;
        field.input.setAttribute("aria-invalid", "false");
        this.#fit(field);
        this.#explain(field);
        this.#suggest(field);
      },
      onkeydown: (event) => this.#fieldKey(event, field),
    });
  }

  #remove(field) {
    this.#fields.splice(this.#fields.indexOf(field), 1);
    field.node.remove();
    this.#showTail();
    this.#tail.focus();
  }

  #fit(field) {
    field.input.size = Math.max(8, Math.min(40, field.input.value.length + 1));
  }

  #explain({ option }) {
    const limit = limits(option);
    this.#hint(
      `${option.name}: ${option.description}` +
        (limit ? ` (${limit})` : "") +
        (option.required ? "" : " · optional"),
    );
  }

  #pick(field, item) {
    field.picked = { value: item.value };
    field.text = item.label;
    field.input.value = item.label;
    this.#fit(field);
    const next = this.#fields.find((one) => one !== field && one.option.required && !one.text);
    (next?.input ?? this.#tail).focus();
  }

  #suggest(field) {
    clearTimeout(this.#timer);
    this.#asked += 1;
    const { option } = field;
    if (field.picked) {
      this.#suggestions.hide();
      return;
    }
    if (fixedChoices(option)) {
      this.#showChoices(field, fitting(option, field.text));
      if ((option.type === USER || option.type === MENTIONABLE) && field.text && !everyoneIsListed())
        this.#later(field, () => this.#askPeople(field));
    } else if (option.autocomplete) this.#later(field, (turn) => this.#ask(field, turn));
    else this.#suggestions.hide();
  }

  /** Asks when the member pauses. */
  #later(field, question) {
    const turn = this.#asked;
    this.#timer = setTimeout(() => question(turn), field.text ? DEBOUNCE : 0);
  }

  #showChoices(field, choices) {
    const { option } = field;
    const items = choices.map((one) => ({
      label: one.name,
      detail: one.detail,
      value: one.value,
      picture: one.user ? avatar(one.user, 24) : null,
    }));
    this.#suggestions.show(field.input, items, {
      onPick: (item) => this.#pick(field, item),
      first: field.text !== "" || option.required || option.type === BOOLEAN,
      note: "Nothing fits.",
    });
  }

  async #askPeople(field) {
    const words = field.text;
    const found = await findPeople(words).catch(() => []);
    if (field.text !== words || field.picked || document.activeElement !== field.input) return;
    const others = fitting(field.option, words).filter((one) => !one.user);
    this.#showChoices(field, [...found.map(personChoice), ...others]);
  }

  async #ask(field, turn) {
    let items = [];
    let note = "No suggestions.";
    try {
      const { choices } = await api.autocomplete({
        channel_id: state.channelId,
        command_id: this.#entry.command.id,
        options: halfTyped(this.#entry, this.#fields, field),
      });
      items = choices.map((one) => ({ label: one.name, value: one.value }));
    } catch (problem) {
      note = problem.message;
    }
    if (turn !== this.#asked || document.activeElement !== field.input) return; // the member typed on
    this.#suggestions.show(field.input, items, {
      onPick: (item) => this.#pick(field, item),
      first: field.text !== "",
      note,
    });
  }

  #suggestOptions() {
    const typed = this.#tail.value.trim().toLowerCase();
    const items = this.#left()
      .filter((option) => option.name.startsWith(typed))
      .map((option) => ({ label: option.name, detail: option.description, option }));
    this.#hint(
      items.length ? "Enter sends. Tab or ↓ adds an option." : "Enter sends. Esc leaves the command.",
    );
    this.#suggestions.show(this.#tail, items, {
      title: "Options",
      first: typed !== "",
      onPick: (item) => {
        this.#tail.value = "";
        this.#add(item.option).input.focus();
      },
    });
  }

  #tailKey(event) {
    // Enter alone sends, so nothing is highlighted until the member asks; Tab asks for the first.
    if (
      event.key === "Tab" &&
      !event.shiftKey &&
      this.#suggestions.open &&
      !this.#tail.hasAttribute("aria-activedescendant")
    ) {
      event.preventDefault();
      this.#add(this.#left()[0]).input.focus();
      return;
    }
    if (this.#suggestions.takeKey(event)) return;
    if (event.key === "Backspace" && !this.#tail.value) {
      event.preventDefault();
      const last = this.#fields.at(-1);
      if (last) last.input.focus();
      else this.#leave();
    } else this.#commonKey(event);
  }

  #fieldKey(event, field) {
    if (this.#suggestions.takeKey(event)) return;
    if (event.key === "Backspace" && !field.input.value) {
      event.preventDefault();
      if (!field.option.required) this.#remove(field);
      else if (this.#fields[0] === field) this.#leave();
      else this.#fields[this.#fields.indexOf(field) - 1].input.focus();
    } else this.#commonKey(event);
  }

  #commonKey(event) {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.send();
    }
    if (event.key === "Escape") {
      event.preventDefault();
      this.#leave();
    }
  }

  #leave() {
    this.close();
    this.#onLeave();
  }
}
