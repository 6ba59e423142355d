// The list above the composer: commands, choices, members. The input keeps the focus, the list follows.

import { el, freshId } from "./dom.js";

export class Suggestions {
  #list;
  #items = [];
  #active = -1;
  #input = null;
  #onPick = () => {};

  constructor(list) {
    this.#list = list;
    list.id ||= freshId("suggestions");
    list.setAttribute("role", "listbox");
    list.hidden = true;
  }

  get open() {
    return !this.#list.hidden;
  }

  /**
   * Shows `items` ({label, detail?, picture?, …}) for `input`; `onPick(item)` runs for the one chosen.
   * `first` highlights the first; `note` stands in for an empty list; `title` heads it.
   */
  show(input, items, { onPick, first = true, note, title }) {
    if (this.#input !== input) this.hide();
    if (!items.length && !note) {
      this.hide();
      return;
    }
    this.#input = input;
    this.#items = items;
    this.#onPick = onPick;
    const rows = items.map((item, index) =>
      el(
        "div",
        {
          role: "option",
          id: `${this.#list.id}-${index}`,
          class: "suggestion",
          "aria-selected": "false",
          onpointerdown: (event) => event.preventDefault(), // the input keeps the focus
          onclick: () => this.#pick(index),
          onpointermove: () => this.#highlight(index, false),
        },
        item.picture,
        el("span", { class: "suggestion-label" }, item.label),
        item.extra ? el("span", { class: "suggestion-extra" }, item.extra) : null,
        item.detail ? el("span", { class: "suggestion-detail" }, item.detail) : null,
      ),
    );
    this.#list.replaceChildren(
      ...[
        title ? el("p", { class: "suggestion-title", role: "presentation" }, title) : null,
        ...rows,
        items.length ? null : el("p", { class: "suggestion-note", role: "presentation" }, note),
      ].filter(Boolean),
    );
    this.#list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", this.#list.id);
    this.#highlight(first && items.length ? 0 : -1);
  }

  hide() {
    this.#list.hidden = true;
    this.#items = [];
    this.#active = -1;
    this.#input?.setAttribute("aria-expanded", "false");
    this.#input?.removeAttribute("aria-activedescendant");
    this.#input = null;
  }

  /** Lets the list take a key that is meant for it. Returns whether it did. */
  takeKey(event) {
    if (!this.open || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.#items.length) {
      const from = this.#active < 0 && step < 0 ? 0 : this.#active;
      this.#highlight((from + step + this.#items.length) % this.#items.length);
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && this.#active >= 0)
      this.#pick(this.#active);
    else return false;
    event.preventDefault();
    return true;
  }

  #pick(index) {
    const item = this.#items[index];
    const onPick = this.#onPick;
    this.hide();
    onPick(item);
  }

  #highlight(index, scroll = true) {
    if (index === this.#active && index >= 0 && !scroll) return;
    this.#active = index;
    const rows = this.#list.querySelectorAll('[role="option"]');
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
    if (index < 0) this.#input.removeAttribute("aria-activedescendant");
    else {
      this.#input.setAttribute("aria-activedescendant", rows[index].id);
      if (scroll) rows[index].scrollIntoView({ block: "nearest" });
    }
  }
}
