// What the page knows. Views subscribe to topics; only this room changes the state.

export const state = {
  guild: null,
  channels: [],
  members: [],
  me: null,
  bot: null,
  commands: [],
  clock: { now: new Date().toISOString(), offset: 0 },
  clockReadAt: performance.now(),
  botOnline: false,
  linked: true,
  channelId: null,
  messages: new Map(), // channel id → messages, oldest first; only of channels that were opened
  loading: new Map(), // channel id → messages that came in while the older ones were being fetched
  unread: new Set(), // channel ids
  typing: new Map(), // user id → {channelId, timer}
  pending: new Map(), // interaction id → {kind, channelId, label, messageId, customId, failed}
};

const bus = new EventTarget();

/** Calls `view` whenever one of `topics` changed. */
export function watch(topics, view) {
  for (const topic of topics) bus.addEventListener(topic, view);
}

/** Tells the views that `topics` changed. */
export function changed(...topics) {
  for (const topic of topics) bus.dispatchEvent(new Event(topic));
}

export function setWorld(world) {
  Object.assign(state, {
    guild: world.guild,
    channels: world.channels,
    members: world.members,
    me: world.me,
    bot: world.bot,
    commands: world.commands,
    botOnline: world.bot_online,
  });
  setClock(world.clock);
  changed("world", "channels", "members", "commands", "bot");
}

export function setClock(clock) {
  state.clock = clock;
  state.clockReadAt = performance.now();
  changed("clock");
}

/** The virtual now: the clock's last reading plus the real time since. */
export function now() {
  return new Date(Date.parse(state.clock.now) + performance.now() - state.clockReadAt);
}

export const channel = (id = state.channelId) => state.channels.find((one) => one.id === id);
export const role = (id) => state.guild?.roles?.find((one) => one.id === id);
export const member = (id) => state.members.find((one) => one.user.id === id);
export const myId = () => state.me?.user.id;

/** The name that the server shows for a user. */
export function nameOf(user) {
  const known = member(user.id);
  return known?.nick ?? user.global_name ?? known?.user.global_name ?? user.username;
}

/** The colour of the member's highest coloured role, or nothing. */
export function colourOf(userId) {
  const roles = (member(userId)?.roles ?? []).map(role).filter((one) => one?.color);
  roles.sort((a, b) => b.position - a.position);
  return roles.length ? `#${roles[0].color.toString(16).padStart(6, "0")}` : undefined;
}

/** What a channel is called in sentences: its name, or that of the other person. */
export function channelTitle(one) {
  if (!one) return "";
  if (one.type !== 1) return one.name;
  // Discord's object names whom the bot talks to, which is the viewer; the other person is then the bot.
  const others = (one.recipients ?? []).filter((user) => user.id !== myId());
  return (others.length ? others : [state.bot]).map(nameOf).join(", ");
}

const older = (a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1);

/** Adds a message or puts its newer version in place. Returns whether it was new. */
export function putMessage(message) {
  state.loading.get(message.channel_id)?.push(message);
  const list = state.messages.get(message.channel_id);
  if (!list) return true;
  const index = list.findIndex((one) => one.id === message.id);
  if (index >= 0) list[index] = message;
  else {
    list.push(message);
    if (list.length > 1 && older(list.at(-1), list.at(-2)) < 0) list.sort(older);
  }
  changed("messages");
  return index < 0;
}

export function dropMessage(channelId, id) {
  const list = state.messages.get(channelId);
  if (!list) return;
  state.messages.set(
    channelId,
    list.filter((one) => one.id !== id),
  );
  changed("messages");
}
