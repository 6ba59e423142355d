// The messages of the open channel: a window that slides over its history, so that a page left open for a day holds
// no more than one that was just opened.

import * as api from "./api.js";
import { changed } from "./store.js";

const STRETCH = 50; // messages fetched at once
const MOST = 200; // messages held

export const history = {
  channelId: null,
  messages: [], // oldest first
  older: false, // there is more before the first
  newer: false, // there is more after the last
  loaded: false,
  newFrom: null, // the id after which everything was new when the channel was opened
};

let turn = 0; // the latest question; answers to earlier ones are dropped
let meanwhile = null; // what was told while a stretch was on its way

const earlier = (a, b) => (a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length);

/** Whether the message with id `a` came after that with id `b`. */
export const after = (a, b) => earlier(a, b) > 0;

async function fetchStretch(query, take) {
  const mine = (turn += 1);
  meanwhile = [];
  try {
    const stretch = await api.getMessages(history.channelId, { limit: STRETCH, ...query });
    if (mine !== turn) return false;
    take(stretch);
    history.loaded = true;
    const missed = meanwhile;
    meanwhile = null;
    missed.forEach(([change, argument]) => change(argument));
  } catch (problem) {
    if (mine === turn) meanwhile = null;
    throw problem;
  }
  changed("messages");
  return true;
}

function replace({ messages, older, newer }) {
  Object.assign(history, { messages, older, newer });
}

/** Empties the window and points it at a channel. */
export function showHistory(channelId, newFrom = null) {
  turn += 1;
  meanwhile = null;
  Object.assign(history, { channelId, messages: [], older: false, newer: false, loaded: false, newFrom });
  changed("messages");
}

/** Reads the end of the channel. */
export const loadLatest = () => fetchStretch({}, replace);

/** Reads what stands around a message. */
export const loadAround = (id) => fetchStretch({ around: id }, replace);

/** Reads further back; what falls out of the window at its end is read again when it is wanted. */
export function loadOlder() {
  if (!history.older || meanwhile) return Promise.resolve(false);
  return fetchStretch({ before: history.messages[0].id }, ({ messages, older }) => {
    const all = [...messages, ...history.messages];
    history.newer ||= all.length > MOST;
    Object.assign(history, { messages: all.slice(0, MOST), older });
  });
}

/** Reads on towards the present. */
export function loadNewer() {
  if (!history.newer || meanwhile) return Promise.resolve(false);
  return fetchStretch({ after: history.messages.at(-1).id }, ({ messages, newer }) => {
    const all = [...history.messages, ...messages];
    history.older ||= all.length > MOST;
    Object.assign(history, { messages: all.slice(-MOST), newer });
  });
}

function put(message) {
  const list = history.messages;
  const index = list.findIndex((one) => one.id === message.id);
  if (index >= 0) list[index] = message;
  else if (!history.newer) {
    const place = list.findLastIndex((one) => after(message.id, one.id)) + 1;
    list.splice(place, 0, message);
  }
}

function replaceKnown(message) {
  const index = history.messages.findIndex((one) => one.id === message.id);
  if (index >= 0) history.messages[index] = message;
}

function drop(id) {
  history.messages = history.messages.filter((one) => one.id !== id);
}

function change(how, argument) {
  meanwhile?.push([how, argument]);
  how(argument);
  changed("messages");
}

/** Adds a new message of the open channel. */
export function putMessage(message) {
  if (message.channel_id === history.channelId) change(put, message);
}

/** Puts a message's newer version in place, if it is held. */
export function updateMessage(message) {
  if (message.channel_id === history.channelId) change(replaceKnown, message);
}

/** Takes a message out. */
export function dropMessage(channelId, id) {
  if (channelId === history.channelId) change(drop, id);
}

/** Lets go of the oldest while the reader is at the end, or of the newest while they read further up. */
export function trim(atEnd) {
  if (history.messages.length <= MOST) return;
  if (atEnd) Object.assign(history, { messages: history.messages.slice(-MOST), older: true });
  else if (history.messages.length > 2 * MOST)
    Object.assign(history, { messages: history.messages.slice(0, MOST), newer: true });
}
