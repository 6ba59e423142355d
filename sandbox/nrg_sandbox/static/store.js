// What the page knows of where it is. Views subscribe to topics; the messages of the open channel are in history.js,
// the people in people.js.

export const state = {
  guilds: [], // {id, name} of every server this member is on
  guild: null,
  channels: [], // of this server, its open threads and the direct messages
  me: null,
  bot: null,
  commands: [], // what this member finds in the open channel
  voice: new Map(), // user id → voice state
  clock: { now: new Date().toISOString(), offset: 0 },
  clockReadAt: performance.now(),
  botOnline: false,
  linked: true,
  channelId: null,
  unread: new Map(), // channel id → {after, mentions, guild_id}
  typing: new Map(), // user id → {channelId, timer}
  pending: new Map(), // interaction id → {kind, channelId, label, messageId, customId, failed}
};

export const TEXT = 0,
  DIRECT_MESSAGE = 1,
  VOICE = 2,
  CATEGORY = 4,
  NEWS = 5,
  STAGE = 13,
  FORUM = 15;
const THREADS = new Set([10, 11, 12]);

const bus = new EventTarget();

/** Calls `view` whenever one of `topics` changed. */
export function watch(topics, view) {
  for (const topic of topics) bus.addEventListener(topic, view);
}

/** Tells the views that `topics` changed. */
export function changed(...topics) {
  for (const topic of topics) bus.dispatchEvent(new Event(topic));
}

/** A view that is drawn once a frame, however often it is asked for: a burst of messages is one picture. */
export function perFrame(view) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      view();
    });
  };
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

export const myId = () => state.me?.user.id;
export const channel = (id = state.channelId) => state.channels.find((one) => one.id === id);
export const role = (id) => state.guild?.roles?.find((one) => one.id === id);
export const isThread = (one) => THREADS.has(one?.type);
export const isSpoken = (one) => one?.type === VOICE || one?.type === STAGE;

/** A role's or embed's colour as CSS, or nothing. */
export const hex = (colour) => (colour ? `#${colour.toString(16).padStart(6, "0")}` : undefined);

const PERMISSIONS = {
  MANAGE_MESSAGES: 13n,
  SEND_MESSAGES: 11n,
  ATTACH_FILES: 15n,
  CONNECT: 20n,
  CREATE_PUBLIC_THREADS: 35n,
  SEND_MESSAGES_IN_THREADS: 38n,
  PIN_MESSAGES: 51n,
};

/** Whether this member has a permission in a channel. */
export function may(permission, one = channel()) {
  return Boolean((BigInt(one?.permissions ?? 0) >> PERMISSIONS[permission]) & 1n);
}

/** Whether this member may start a thread in a channel. */
export const mayStartThread = (one) =>
  (one?.type === TEXT || one?.type === NEWS) && may("CREATE_PUBLIC_THREADS", one);

/** Whether this member may pin what is said in a channel. */
export const mayPin = (one = channel()) => may("PIN_MESSAGES", one) || may("MANAGE_MESSAGES", one);

/** Whether this member may write in a channel. */
export function mayWrite(one = channel()) {
  if (!one || one.type === CATEGORY || one.type === FORUM) return false;
  return may(isThread(one) ? "SEND_MESSAGES_IN_THREADS" : "SEND_MESSAGES", one);
}
