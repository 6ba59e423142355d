// What is new where: counted as it comes in, forgotten when it is read, here or in another tab.

import * as api from "./api.js";
import { history } from "./history.js";
import { changed, channel, DIRECT_MESSAGE, myId, state } from "./store.js";

const READ_AFTER = 200; // ms: a burst of messages is read at once
let timer = null;
let due = null; // the channel that is read and not yet marked so

/** Whether a message is meant for this member. */
export function meantForMe(message) {
  return (
    Boolean(message.mention_everyone) ||
    (message.mentions ?? []).some((user) => user.id === myId()) ||
    (message.mention_roles ?? []).some((id) => state.me?.roles.includes(id))
  );
}

/** A new message came in somewhere. */
export function countUnread(message) {
  const { channel_id: id, author } = message;
  if (author.id === myId()) return;
  const known = state.unread.get(id);
  const isLetter = !message.guild_id || channel(id)?.type === DIRECT_MESSAGE;
  state.unread.set(id, {
    guild_id: message.guild_id ?? null,
    after: known?.after ?? String(BigInt(message.id) - 1n),
    mentions: (known?.mentions ?? 0) + (isLetter || meantForMe(message) ? 1 : 0),
  });
  changed("unread");
}

export function setUnread(entries) {
  state.unread = new Map(Object.entries(entries));
  changed("unread");
}

/** Forgets what was new in channels of this server that are no longer there. */
export function forgetGone() {
  for (const [id, entry] of state.unread)
    if (entry.guild_id === state.guild.id && !channel(id)) state.unread.delete(id);
  changed("unread");
}

/** A channel was read, in this tab or in another. */
export function forgetUnread(channelId) {
  if (state.unread.delete(channelId)) changed("unread");
}

/** Sets the mark that is due, at once. */
export function setDueMark() {
  if (!due) return;
  const id = due;
  due = null;
  clearTimeout(timer);
  if (!channel(id)) return; // it is gone
  // A mark that could not be set is set with the next message.
  api.markRead(id).catch(() => {});
  forgetUnread(id);
}

/** Takes the open channel as read, if somebody can be reading it: the page is seen and the end is in view. */
export function readOpenChannel(atEnd) {
  const id = state.channelId;
  if (document.hidden || !atEnd || history.newer || !history.loaded || !state.unread.has(id)) return;
  due = id;
  clearTimeout(timer);
  timer = setTimeout(setDueMark, READ_AFTER);
}

/** How many messages are meant for this member: in all, or on one server. */
export function mentionCount(guildId) {
  let count = 0;
  for (const entry of state.unread.values())
    if (guildId === undefined || entry.guild_id === guildId) count += entry.mentions;
  return count;
}

export const isUnread = (guildId) => [...state.unread.values()].some((entry) => entry.guild_id === guildId);
