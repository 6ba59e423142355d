// A choice among options: the select menus of messages and of forms.

import { avatar, el, icon, toast } from "./dom.js";
import { channelTitle, everyoneIsListed, findPeople, listedMembers, nameOf } from "./people.js";
import { openPanel, roveFocus } from "./popover.js";
import { DIRECT_MESSAGE, state } from "./store.js";

const KINDS = { USER: 5, ROLE: 6, MENTIONABLE: 7, CHANNEL: 8 };
const MANY = 12; // options above which the list can be searched
const MOST_SHOWN = 50;

const userOption = ({ user }) => ({
  label: nameOf(user),
  value: user.id,
  description: `@${user.username}`,
  picture: () => avatar(user, 24),
});

const roles = () =>
  (state.guild.roles ?? [])
    .filter((role) => role.id !== state.guild.id)
    .map((role) => ({ label: `@${role.name}`, value: role.id }));

function channels(types) {
  return state.channels
    .filter((one) => one.type !== DIRECT_MESSAGE && (!types?.length || types.includes(one.type)))
    .map((one) => ({ label: `#${channelTitle(one)}`, value: one.id }));
}

/** What a select component of any kind offers from the start. */
function optionsOf(component) {
  const users = () => listedMembers().map(userOption);
  if (component.type === KINDS.USER) return users();
  if (component.type === KINDS.ROLE) return roles();
  if (component.type === KINDS.MENTIONABLE) return [...users(), ...roles()];
  if (component.type === KINDS.CHANNEL) return channels(component.channel_types);
  return (component.options ?? []).map((option) => ({
    ...option,
    picture: option.emoji ? () => el("span", { class: "emoji" }, emojiText(option.emoji)) : null,
  }));
}

const namesPeople = (component) => component.type === KINDS.USER || component.type === KINDS.MENTIONABLE;

/** An emoji as text: custom ones by their name. */
export function emojiText(emoji) {
  return emoji.id ? `:${emoji.name}:` : emoji.name;
}

/**
 * Builds the button that opens the choice. `onDone(values)` runs when the member has chosen: at once where one is
 * chosen, when the panel closes where several may be. `values()` reads the present choice.
 */
export function createSelect(component, { labelledBy, onDone = () => {} } = {}) {
  const known = new Map(optionsOf(component).map((one) => [one.value, one]));
  const least = component.min_values ?? 1;
  const searched = namesPeople(component) && !everyoneIsListed();
  const most = searched ? (component.max_values ?? 1) : Math.min(component.max_values ?? 1, known.size);
  const defaults =
    component.default_values?.map((one) => one.id) ??
    [...known.values()].filter((one) => one.default).map((one) => one.value);
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
      disabled: component.disabled,
      "aria-labelledby": labelledBy,
      onclick: open,
    },
    text,
    icon("down"),
  );

  function show() {
    const labels = [...chosen].map((value) => known.get(value)?.label ?? value);
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

  function row(option) {
    const node = el(
      "button",
      {
        type: "button",
        role: "option",
        class: "menu-item",
        "aria-selected": String(chosen.has(option.value)),
        onclick: () => pick(option, node),
      },
      option.picture?.(),
      el(
        "span",
        { class: "menu-label" },
        option.label,
        option.description ? el("small", {}, option.description) : null,
      ),
    );
    return node;
  }

  async function found(words) {
    const lower = words.toLowerCase();
    if (searched && words) for (const one of await findPeople(words)) known.set(one.user.id, userOption(one));
    return [...known.values()].filter((one) =>
      `${one.label} ${one.description ?? ""}`.toLowerCase().includes(lower),
    );
  }

  function open() {
    const before = [...chosen].join();
    const list = el("div", { class: "menu", role: "listbox", "aria-multiselectable": String(most > 1) });
    const fill = (options) => {
      const rows = options.slice(0, MOST_SHOWN).map(row);
      list.replaceChildren(
        ...(rows.length ? rows : [el("p", { class: "menu-heading" }, "Nothing to choose from")]),
      );
      return rows;
    };
    const rows = fill([...known.values()]);
    const filter =
      searched || known.size > MANY
        ? el("input", {
            type: "search",
            class: "filter",
            placeholder: "Search…",
            "aria-label": "Search the options",
            oninput: async (event) => {
              const words = event.target.value;
              try {
                const options = await found(words);
                if (words === filter.value) fill(options);
              } catch (problem) {
                toast(problem.message);
              }
            },
          })
        : null;
    const content = el("div", {}, filter, list, most > 1 ? foot() : null);
    roveFocus(content, ".menu-item");
    opened = openPanel(button, content, {
      className: "select-panel",
      label: component.placeholder ?? "Choose",
      onClose: () => {
        if (most === 1 || [...chosen].join() === before || chosen.size < least) return;
        onDone([...chosen]);
      },
    });
    const first = filter ?? rows.find((one) => one.getAttribute("aria-selected") === "true") ?? rows[0];
    first?.focus({ preventScroll: true });
  }

  function foot() {
    return el(
      "div",
      { class: "panel-foot" },
      el("span", {}, least === most ? `Choose ${most}` : `Choose ${least} to ${most}`),
      el("button", { type: "button", class: "button primary small", onclick: () => opened.close() }, "Done"),
    );
  }

  show();
  return { node: button, values: () => [...chosen] };
}
