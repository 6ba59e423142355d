// What the member does to the bot: commands, presses and forms, each followed until it is answered.

import * as api from "./api.js";
import { toast } from "./dom.js";
import { putMessage } from "./history.js";
import { changed, state } from "./store.js";

// The socket may speak of an interaction before its POST has come back; such words wait here.
const early = new Map();
// What this tab began: another tab of the same member must not open its forms.
const begun = new Set();
let openModal = () => {};

/** `show(interactionId, modal)` opens a form. */
export function onModal(show) {
  openModal = show;
}

async function begin(posting, entry) {
  let id;
  try {
    ({ interaction_id: id } = await posting);
  } catch (problem) {
    toast(problem.message);
    entry.onFailed?.(problem.message);
    return null;
  }
  begun.add(id);
  state.pending.set(id, entry);
  for (const [type, data] of early.get(id) ?? []) (type === "MODAL" ? handleModal : handleInteraction)(data);
  early.delete(id);
  changed("pending");
  return id;
}

function wait(id, type, data) {
  if (early.size > 50) early.clear(); // those of this member's other tabs
  early.set(id, [...(early.get(id) ?? []), [type, data]]);
}

export function handleInteraction(data) {
  if (data.message && data.state === "failed") putMessage(data.message);
  if (data.state === "pending") return;
  const entry = state.pending.get(data.id);
  if (!entry) {
    if (!begun.has(data.id)) wait(data.id, "INTERACTION", data);
    return;
  }
  // A failed command keeps its line until it is dismissed, unless the sandbox wrote a message of it.
  if (data.state === "failed" && entry.kind !== "modal" && !data.message) entry.failed = true;
  else state.pending.delete(data.id);
  if (data.state === "failed") entry.onFailed?.("The application did not respond. Try again.");
  else entry.onAnswered?.();
  changed("pending");
}

export function handleModal(data) {
  if (!begun.has(data.interaction_id)) {
    wait(data.interaction_id, "MODAL", data);
    return;
  }
  state.pending.delete(data.interaction_id);
  changed("pending");
  openModal(data.interaction_id, data.modal);
}

/** Runs a command; `label` is how the waiting line names it. */
export function runCommand(command, options, label, targetId) {
  const body = { channel_id: state.channelId, command_id: command.id, options };
  if (targetId) body.target_id = targetId;
  return begin(api.runCommand(body), { kind: "command", channelId: state.channelId, label });
}

/** Presses a button of a message, or chooses `values` in a select. */
export function press(message, customId, values) {
  for (const [id, entry] of state.pending)
    if (entry.failed && entry.messageId === message.id) state.pending.delete(id);
  const body = { message_id: message.id, custom_id: customId };
  if (values) body.values = values;
  return begin(api.pressComponent(body), {
    kind: "component",
    channelId: message.channel_id,
    messageId: message.id,
    customId,
  });
}

/** Sends in the form with which an interaction was answered. */
export function submitForm(interactionId, components, { onAnswered, onFailed }) {
  const body = { interaction_id: interactionId, components };
  return begin(api.submitModal(body), { kind: "modal", channelId: state.channelId, onAnswered, onFailed });
}

/** Puts away a command that was not answered. */
export function dismiss(id) {
  state.pending.delete(id);
  changed("pending");
}
