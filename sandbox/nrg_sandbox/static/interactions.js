// What the member does to the bot: commands, presses and forms, each followed until it is answered.

import * as api from "./api.js";
import { toast } from "./dom.js";
import { changed, myId, putMessage, state } from "./store.js";

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
  const body = { as: myId(), channel_id: state.channelId, command_id: command.id, options };
  if (targetId) body.target_id = targetId;
  return begin(api.runCommand(body), { kind: "command", channelId: state.channelId, label });
}

export function press(message, customId, values) {
  for (const [id, entry] of state.pending)
    if (entry.failed && entry.messageId === message.id) state.pending.delete(id);
  const body = { as: myId(), message_id: message.id, custom_id: customId };
  if (values) body.values = values;
  return begin(api.pressComponent(body), {
    kind: "component",
    channelId: message.channel_id,
    messageId: message.id,
    customId,
  });
}

export function submitForm(interactionId, customId, components, { onAnswered, onFailed }) {
  const body = { as: myId(), interaction_id: interactionId, custom_id: customId, components };
  return begin(api.submitModal(body), { kind: "modal", channelId: state.channelId, onAnswered, onFailed });
}

export function dismiss(id) {
  state.pending.delete(id);
  changed("pending");
}
