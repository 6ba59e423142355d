// The composition root: reads who this tab is, loads the world, and hands events to the rooms.

import * as api from "./api.js";
import { startChannels } from "./channels.js";
import { startClock } from "./clock.js";
import { setReply, startComposer, tryText } from "./composer.js";
import { icon, toast } from "./dom.js";
import { startDrawers } from "./drawers.js";
import { handleInteraction, handleModal, onModal } from "./interactions.js";
import { arrived, startLog } from "./log.js";
import { startMembers } from "./members.js";
import { openForm } from "./modal.js";
import {
  changed,
  channel,
  channelTitle,
  dropMessage,
  myId,
  nameOf,
  putMessage,
  setClock,
  setWorld,
  state,
  watch,
} from "./store.js";

const TYPING_FOR = 10_000; // ms, as in Discord's clients
const TEXT = 0;
const drawers = startDrawers();
let unfollow = () => {};

function showAddress() {
  const url = new URL(location.href);
  url.searchParams.set("as", state.me.user.username);
  const open = channel();
  if (open) url.searchParams.set("channel", open.type === TEXT ? open.name : open.id);
  history.replaceState(null, "", url);
}

function showChannel(id) {
  state.channelId = id;
  state.unread.delete(id);
  drawers.close();
  changed("channel", "unread", "typing");
  showAddress();
}

async function openChannel(id) {
  showChannel(id);
  await loadMessages(id);
}

async function loadMessages(id) {
  const who = myId();
  const meanwhile = [];
  state.loading.set(id, meanwhile);
  try {
    const messages = await api.getMessages(who, id);
    if (who !== myId()) return;
    state.messages.set(id, messages);
    meanwhile.splice(0).forEach(putMessage);
  } catch (problem) {
    toast(problem.message);
  } finally {
    if (state.loading.get(id) === meanwhile) state.loading.delete(id);
  }
  changed("messages");
}

const events = {
  MESSAGE_CREATE(message) {
    if (!channel(message.channel_id)) refreshWorld(); // a direct message can open its channel by itself
    stopTyping(message.author.id);
    if (message.channel_id !== state.channelId && message.author.id !== myId()) {
      state.unread.add(message.channel_id);
      changed("unread");
    }
    if (putMessage(message) && message.channel_id === state.channelId) arrived(message);
  },
  MESSAGE_UPDATE: putMessage,
  MESSAGE_DELETE: (data) => dropMessage(data.channel_id, data.id),
  INTERACTION: handleInteraction,
  MODAL: handleModal,
  COMMANDS(commands) {
    state.commands = commands;
    changed("commands");
  },
  MEMBERS(members) {
    state.members = members;
    state.me = members.find(({ user }) => user.id === myId()) ?? state.me;
    changed("members");
  },
  CHANNELS(channels) {
    state.channels = channels;
    changed("channels");
    if (!channel()) openChannel(channels.find((one) => one.type === TEXT)?.id);
  },
  CLOCK: setClock,
  BOT({ online }) {
    state.botOnline = online;
    changed("bot");
  },
  TYPING({ channel_id: channelId, user_id: userId }) {
    stopTyping(userId);
    state.typing.set(userId, { channelId, timer: setTimeout(() => stopTyping(userId), TYPING_FOR) });
    changed("typing");
  },
};

function stopTyping(userId) {
  const entry = state.typing.get(userId);
  if (!entry) return;
  clearTimeout(entry.timer);
  state.typing.delete(userId);
  changed("typing");
}

function drawTyping() {
  const names = [...state.typing]
    .filter(([id, { channelId }]) => channelId === state.channelId && id !== myId())
    .map(([id]) =>
      nameOf(
        state.members.find(({ user }) => user.id === id)?.user ??
          (id === state.bot.id ? state.bot : { id, username: "Somebody" }),
      ),
    );
  document.getElementById("typing").textContent = names.length
    ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing…`
    : "";
}

function drawBanner() {
  const banner = document.getElementById("banner");
  banner.hidden = state.linked && state.botOnline;
  if (banner.hidden) return;
  if (!state.linked) {
    banner.replaceChildren("The sandbox does not answer. Trying again…");
    return;
  }
  const command = document.createElement("code");
  command.textContent = "nrg run";
  banner.replaceChildren("The bot is offline. Start it with: ", command);
}

/** Finds the member named in the address (by name or id); the sandbox's first when there is none. */
async function firstState(wanted) {
  if (!wanted) return api.getState();
  try {
    return await api.getState(wanted);
  } catch {
    const world = await api.getState();
    const known = world.members.find(({ user }) => user.username === wanted);
    return known ? api.getState(known.user.id) : world;
  }
}

function pickChannel() {
  const wanted = new URL(location.href).searchParams.get("channel");
  const named = state.channels.find((one) => one.id === wanted || (one.type === TEXT && one.name === wanted));
  return named ?? state.channels.find((one) => one.type === TEXT);
}

/** Makes this tab `as`'s: the world as they see it, and the events they may see. */
async function become(as) {
  unfollow();
  const world = await firstState(as);
  state.messages.clear();
  state.pending.clear();
  state.unread.clear();
  setWorld(world);
  showChannel(pickChannel()?.id);
  unfollow = api.follow(
    myId(),
    (type, data) => events[type]?.(data),
    async (up) => {
      state.linked = up;
      changed("bot");
      // Nobody knows what was missed before the line stood: read everything now that nothing can be.
      if (!up) return;
      for (const id of state.messages.keys()) if (id !== state.channelId) state.messages.delete(id);
      await Promise.all([refreshWorld(), loadMessages(state.channelId)]);
    },
  );
  if (matchMedia("(hover: hover)").matches) document.getElementById("composer-text")?.focus();
}

async function refreshWorld() {
  const who = myId();
  try {
    const world = await api.getState(who);
    if (who === myId()) setWorld(world);
  } catch (problem) {
    toast(problem.message);
  }
}

function start() {
  document.getElementById("theme").append(icon("sun"), icon("moon"));
  startChannels(openChannel);
  startMembers((user) => become(user.id).catch((problem) => toast(problem.message)));
  startClock();
  startLog({ onReply: setReply, onTry: tryText });
  startComposer();
  onModal(openForm);
  watch(["typing", "channel"], drawTyping);
  watch(["bot", "world"], drawBanner);
  become(new URL(location.href).searchParams.get("as")).catch((problem) => {
    state.linked = false;
    drawBanner();
    toast(problem.message);
    setTimeout(() => location.reload(), 3000);
  });
}

start();
