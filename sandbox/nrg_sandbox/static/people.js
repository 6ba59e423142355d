// Who is who on the open server. Of a large server only those on top of the list are sent; others are asked for
// by id when their name is to be shown, or found by search.

import * as api from "./api.js";
import { changed, channel, hex, myId, role, state, DIRECT_MESSAGE } from "./store.js";

const MOST_KEPT = 2000; // beyond the list; a page that is open for a day forgets strangers
const ASK_AFTER = 30; // ms, so that the names of one screen make one question

let known = new Map(); // user id → member
let listed = new Set(); // user ids in the list
let total = 0;
let wanted = new Set();
let asked = new Set();
let timer = null;

/** Takes over the people of a server. */
export function setPeople(members, count) {
  known = new Map(members.map((one) => [one.user.id, one]));
  listed = new Set(known.keys());
  total = count;
  wanted = new Set();
  asked = new Set();
}

/** The members in the list, and how many there are in all. */
export const listedMembers = () => [...listed].map((id) => known.get(id));
export const memberCount = () => total;
export const everyoneIsListed = () => listed.size >= total;

/** A member joined, changed or left. */
export function changeMember({ user_id: id, member: one, count }) {
  const whole = everyoneIsListed();
  total = count;
  if (one) {
    known.set(id, one);
    if (whole) listed.add(id);
  } else {
    listed.delete(id);
    known.delete(id);
  }
  if (id === myId()) state.me = one ?? { ...state.me, roles: [], absent: true };
  changed("members");
}

function learn(members) {
  if (known.size > listed.size + MOST_KEPT)
    for (const id of known.keys()) if (!listed.has(id)) known.delete(id);
  for (const one of members) known.set(one.user.id, one);
}

async function ask() {
  const ids = [...wanted].slice(0, 100);
  timer = null;
  wanted = new Set();
  for (const id of ids) asked.add(id);
  try {
    const found = await api.findMembers({ ids: ids.join() });
    learn(found);
    if (found.length) changed("members");
  } catch {
    /* the names stay as they are */
  }
}

/** A member by id; one that is not known yet is asked for, and the views are told when the answer is there. */
export function member(id) {
  const one = known.get(id);
  if (!one && !everyoneIsListed() && !asked.has(id) && id !== state.bot?.id) {
    wanted.add(id);
    timer ??= setTimeout(ask, ASK_AFTER);
  }
  return one;
}

/** The name that the server shows for a user. */
export function nameOf(user) {
  const one = member(user.id);
  return one?.nick ?? user.global_name ?? one?.user.global_name ?? user.username;
}

/** The colour of the member's highest coloured role, or nothing. */
export function colourOf(userId) {
  const roles = (member(userId)?.roles ?? []).map(role).filter((one) => one?.color);
  roles.sort((a, b) => b.position - a.position);
  return hex(roles[0]?.color);
}

const fits = (one, words) =>
  `${one.nick ?? ""} ${one.user.global_name ?? ""} ${one.user.username}`.toLowerCase().includes(words);

/** Members whose names hold `words`: those at hand now, the server's others too if the list is not whole. */
export async function findPeople(words) {
  const lower = words.toLowerCase();
  if (everyoneIsListed()) return listedMembers().filter((one) => fits(one, lower));
  const found = await api.findMembers({ query: words });
  learn(found);
  return found;
}

/** What a channel is called in sentences: its name, or that of the other person. */
export function channelTitle(one) {
  if (!one) return "";
  if (one.type !== DIRECT_MESSAGE) return one.name;
  // Discord's object names whom the bot talks to, which is the viewer; the other person is then the bot.
  const others = (one.recipients ?? []).filter((user) => user.id !== myId());
  return (others.length ? others : [state.bot]).map(nameOf).join(", ");
}

/** Members at hand whose names hold `words`, at once: for lists that follow each key. */
export function peopleAtHand(words) {
  const lower = words.toLowerCase();
  return [...known.values()].filter((one) => fits(one, lower));
}

/** A channel's name by its id, for mentions. */
export const channelName = (id) => channelTitle(channel(id)) || "unknown";
