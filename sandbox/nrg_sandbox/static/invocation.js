// Slash commands as data: what can be run, what an option accepts, and what is sent. No DOM here.

import { channelTitle, listedMembers, nameOf } from "./people.js";
import { DIRECT_MESSAGE, state } from "./store.js";

const CHAT_INPUT = 1;
export const SUB_COMMAND = 1,
  GROUP = 2,
  STRING = 3,
  INTEGER = 4,
  BOOLEAN = 5,
  USER = 6,
  CHANNEL = 7,
  ROLE = 8,
  MENTIONABLE = 9,
  NUMBER = 10,
  ATTACHMENT = 11;
const MOST_SUGGESTIONS = 25;

/** Every chat command that can be run, subcommands as "practice start". */
export function runnable(commands) {
  const found = [];
  const visit = (command, node, path) => {
    const inner = (node.options ?? []).filter((one) => one.type === SUB_COMMAND || one.type === GROUP);
    if (inner.length) for (const one of inner) visit(command, one, [...path, one]);
    else {
      found.push({
        command,
        path,
        options: node.options ?? [],
        description: node.description,
        name: [command.name, ...path.map((one) => one.name)].join(" "),
      });
    }
  };
  for (const command of commands)
    if ((command.type ?? CHAT_INPUT) === CHAT_INPUT) visit(command, command, []);
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

/** Those whose name fits what was typed; names that begin so come first. */
export function matching(entries, typed) {
  const wanted = typed.toLowerCase().trim();
  const begins = entries.filter((one) => one.name.startsWith(wanted));
  const holds = entries.filter(
    (one) =>
      !one.name.startsWith(wanted) &&
      (one.name.includes(wanted) || one.description?.toLowerCase().includes(wanted)),
  );
  return [...begins, ...holds].slice(0, MOST_SUGGESTIONS);
}

/** A member as a choice. */
export const personChoice = ({ user }) => ({
  name: nameOf(user),
  value: user.id,
  detail: `@${user.username}`,
  user,
});

function people() {
  const all = listedMembers();
  if (state.bot && !all.some(({ user }) => user.id === state.bot.id)) all.push({ user: state.bot });
  return all.map(personChoice);
}

const roles = () =>
  (state.guild?.roles ?? []).map((one) => ({ name: one.name.replace(/^@?/, "@"), value: one.id }));

function channels(option) {
  return state.channels
    .filter(
      (one) =>
        one.type !== DIRECT_MESSAGE &&
        (!option.channel_types?.length || option.channel_types.includes(one.type)),
    )
    .map((one) => ({ name: `#${channelTitle(one)}`, value: one.id }));
}

/** The fixed set of values an option accepts, or null where anything may be typed. */
export function fixedChoices(option) {
  if (option.choices?.length) return option.choices;
  switch (option.type) {
    case BOOLEAN:
      return [
        { name: "True", value: true },
        { name: "False", value: false },
      ];
    case USER:
      return people();
    case CHANNEL:
      return channels(option);
    case ROLE:
      return roles();
    case MENTIONABLE:
      return [...people(), ...roles()];
    default:
      return null;
  }
}

/** The fixed choices that fit what was typed. */
export function suggestions(option, typed) {
  const wanted = typed.toLowerCase().replace(/^[@#]/, "").trim();
  return (fixedChoices(option) ?? [])
    .filter((one) => `${one.name} ${one.detail ?? ""}`.toLowerCase().includes(wanted))
    .slice(0, MOST_SUGGESTIONS);
}

/** "1 to 1440", "at most 500 characters": an option's limits in words, or "". */
export function limits(option) {
  const range = (least, most, unit) => {
    if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
    if (least !== undefined) return `at least ${least}${unit}`;
    return most !== undefined ? `at most ${most}${unit}` : "";
  };
  if (option.choices?.length || option.autocomplete) return "";
  if (option.type === STRING) return range(option.min_length || undefined, option.max_length, " characters");
  if (option.type === INTEGER || option.type === NUMBER) return range(option.min_value, option.max_value, "");
  return "";
}

/**
 * Reads a field `{option, text, picked}`: {value}, {error} in words for the member, or {} when left empty.
 */
export function read({ option, text, picked }) {
  const typed = text.trim();
  if (picked) return { value: picked.value };
  if (option.type === ATTACHMENT)
    return option.required ? { error: `"${option.name}" is a file: choose one.` } : {};
  if (!typed) return option.required ? { error: `"${option.name}" is needed.` } : {};
  const fixed = fixedChoices(option);
  if (fixed) {
    const named = fixed.filter((one) =>
      [one.name, one.detail].some(
        (name) => name?.toLowerCase().replace(/^[@#]/, "") === typed.toLowerCase().replace(/^[@#]/, ""),
      ),
    );
    return named.length === 1 ? { value: named[0].value } : { error: `Pick "${option.name}" from the list.` };
  }
  if (option.type === INTEGER || option.type === NUMBER) return readNumber(option, typed);
  const length = [...typed].length;
  if (length < (option.min_length ?? 0) || length > (option.max_length ?? 6000))
    return { error: `"${option.name}" takes ${limits(option)}.` };
  return { value: typed };
}

function readNumber(option, typed) {
  const value = Number(typed.replace(",", "."));
  if (!Number.isFinite(value)) return { error: `"${option.name}" is a number.` };
  if (option.type === INTEGER && !Number.isSafeInteger(value))
    return { error: `"${option.name}" is a whole number.` };
  if (value < (option.min_value ?? -Infinity) || value > (option.max_value ?? Infinity))
    return { error: `"${option.name}" is ${limits(option)}.` };
  return { value };
}

/** Wraps leaf options in the subcommands that lead to them, as Discord's clients send them. */
export function wire(entry, options) {
  return entry.path.reduceRight(
    (inner, node) => [{ name: node.name, type: node.type, options: inner }],
    options,
  );
}

/** What is sent to run a command: {options} or the first {error, field}. */
export function invocation(entry, fields) {
  const options = [];
  for (const field of fields) {
    const { value, error } = read(field);
    if (error) return { error, field };
    if (value !== undefined) options.push({ name: field.option.name, type: field.option.type, value });
  }
  return { options: wire(entry, options) };
}

/** What is sent while an option is typed: the others as far as they can be read, this one as it stands. */
export function halfTyped(entry, fields, focused) {
  const options = [];
  for (const field of fields) {
    const { name, type } = field.option;
    if (field === focused) options.push({ name, type, value: field.text, focused: true });
    else {
      const { value } = read(field);
      if (value !== undefined) options.push({ name, type, value });
    }
  }
  return wire(entry, options);
}
