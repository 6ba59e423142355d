// A choice among options: the select menus of messages and of forms.

import { avatar, el, icon } from "./dom.js";
import { openPanel, roveFocus } from "./popover.js";
import { channelTitle, nameOf, state } from "./store.js";

const KINDS = { USER: 5, ROLE: 6, MENTIONABLE: 7, CHANNEL: 8 };

const users = () =>
  [...state.members].map(({ user }) => ({
    label: nameOf(user),
    value: user.id,
    description: `@${user.username}`,
    picture: avatar(user, 24),
  }));
const roles = () =>
  (state.guild.roles ?? [])
    .filter((role) => role.id !== state.guild.id)
    .map((role) => ({ label: `@${role.name}`, value: role.id }));

/** What a select component of any kind offers. */
function optionsOf(component) {
  if (component.type === KINDS.USER) return users();
  if (component.type === KINDS.ROLE) return roles();
  if (component.type === KINDS.MENTIONABLE) return [...users(), ...roles()];
  if (component.type === KINDS.CHANNEL) {
    const types = component.channel_types;
    return state.channels
      .filter((one) => one.type !== 1 && (!types?.length || types.includes(one.type)))
      .map((one) => ({ label: `#${channelTitle(one)}`, value: one.id }));
  }
  return (component.options ?? []).map((option) => ({
    ...option,
    picture: option.emoji ? el("span", { class: "emoji" }, emojiText(option.emoji)) : null,
  }));
}

/** An emoji as text: custom ones by their name. */
export function emojiText(emoji) {
  return emoji.id ? `:${emoji.name}:` : emoji.name;
}

/**
 * Builds the button that opens the choice. `onDone(values)` runs when the member has chosen: at once where one is
 * chosen, when the panel closes where several may be. `values()` reads the present choice.
 */
export function createSelect(component, { disabled = false, labelledBy, onDone = () => {} } = {}) {
  const options = optionsOf(component);
  const least = component.min_values ?? 1;
  const most = Math.min(component.max_values ?? 1, options.length);
  const defaults =
    component.default_values?.map((one) => one.id) ??
    options.filter((one) => one.default).map((one) => one.value);
  let chosen = new Set(defaults);
  let opened = null;

  const text = el("span", { class: "select-text" });
  const button = el(
    "button",
    {
      type: "button",
      class: "select",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      disabled: disabled || component.disabled,
      "aria-labelledby": labelledBy,
      onclick: open,
    },
    text,
    icon("down"),
  );

  function show() {
    const labels = options.filter((one) => chosen.has(one.value)).map((one) => one.label);
    text.textContent = labels.length ? labels.join(", ") : (component.placeholder ?? "Choose…");
    text.classList.toggle("placeholder", !labels.length);
    if (!labelledBy)
      button.setAttribute(
        "aria-label",
        `${component.placeholder ?? "Choose"}${labels.length ? `: ${labels.join(", ")}` : ""}`,
      );
  }

  function pick(option, row) {
    if (most === 1) {
      const again = chosen.has(option.value);
      chosen = again && least === 0 ? new Set() : new Set([option.value]);
      opened.close();
      show();
      onDone([...chosen]);
      return;
    }
    if (chosen.has(option.value)) chosen.delete(option.value);
    else if (chosen.size < most) chosen.add(option.value);
    row.setAttribute("aria-selected", String(chosen.has(option.value)));
    show();
  }

  function open() {
    const before = [...chosen].join();
    const rows = options.map((option) => {
      const row = el(
        "button",
        {
          type: "button",
          role: "option",
          class: "menu-item",
          "aria-selected": String(chosen.has(option.value)),
          onclick: () => pick(option, row),
        },
        option.picture,
        el(
          "span",
          { class: "menu-label" },
          option.label,
          option.description ? el("small", {}, option.description) : null,
        ),
      );
      return row;
    });
    const list = el(
      "div",
      { class: "menu", role: "listbox", "aria-multiselectable": String(most > 1) },
      rows.length ? rows : el("p", { class: "menu-heading" }, "Nothing to choose from"),
    );
    roveFocus(list, ".menu-item");
    const hint =
      most > 1
        ? el(
            "div",
            { class: "panel-foot" },
            el("span", {}, least === most ? `Choose ${most}` : `Choose ${least} to ${most}`),
            el(
              "button",
              { type: "button", class: "button primary small", onclick: () => opened.close() },
              "Done",
            ),
          )
        : null;
    opened = openPanel(button, el("div", {}, list, hint), {
      className: "select-panel",
      label: component.placeholder ?? "Choose",
      onClose: () => {
        if (most === 1 || [...chosen].join() === before || chosen.size < least) return;
        onDone([...chosen]);
      },
    });
    (rows.find((row) => row.getAttribute("aria-selected") === "true") ?? rows[0])?.focus({
      preventScroll: true,
    });
  }

  show();
  return { node: button, values: () => [...chosen] };
}
