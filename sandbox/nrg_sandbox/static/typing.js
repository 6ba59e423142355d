// Who is typing in the open channel.

import { member, nameOf } from "./people.js";
import { changed, myId, state, watch } from "./store.js";

const TYPING_FOR = 10_000; // ms, as in Discord's clients

/** Somebody began to type. */
export function typed({ channel_id: channelId, user_id: userId }) {
  stopTyping(userId);
  state.typing.set(userId, { channelId, timer: setTimeout(() => stopTyping(userId), TYPING_FOR) });
  changed("typing");
}

/** Somebody has said what they were typing. */
export function stopTyping(userId) {
  const entry = state.typing.get(userId);
  if (!entry) return;
  clearTimeout(entry.timer);
  state.typing.delete(userId);
  changed("typing");
}

function typist(id) {
  return nameOf(member(id)?.user ?? (id === state.bot.id ? state.bot : { id, username: "Somebody" }));
}

export function startTyping() {
  watch(["typing", "channel"], () => {
    const names = [...state.typing]
      .filter(([id, { channelId }]) => channelId === state.channelId && id !== myId())
      .map(([id]) => typist(id));
    document.getElementById("typing").textContent = names.length
      ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing…`
      : "";
  });
}
