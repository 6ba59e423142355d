// The composition root: reads who this tab is, loads the world, and hands events to the rooms.

import * as api from "./api.js";
import { startBanner } from "./banner.js";
import { startChannels } from "./channels.js";
import { startClock } from "./clock.js";
import { setEdit, setReply, startComposer, tryText } from "./composer.js";
import { icon, toast } from "./dom.js";
import { startDrawers } from "./drawers.js";
import { faultsArrived } from "./faults.js";
import {
  after,
  dropMessage,
  history,
  loadLatest,
  putMessage,
  showHistory,
  updateMessage,
} from "./history.js";
import { startIdentity } from "./identity.js";
import { startInspector, violationsArrived } from "./inspector.js";
import { handleInteraction, handleModal, onModal } from "./interactions.js";
import { arrived, startLog } from "./log.js";
import { startMembers } from "./members.js";
import { openForm } from "./modal.js";
import { changeMember, channelTitle, setPeople } from "./people.js";
import { startQuickSwitcher } from "./quick.js";
import { startRoomHead } from "./roomhead.js";
import { changed, channel, isSpoken, myId, perFrame, setClock, state, TEXT, watch } from "./store.js";
import { trafficArrived } from "./traffic.js";
import { startTyping, stopTyping, typed } from "./typing.js";
import { countUnread, forgetGone, forgetUnread, mentionCount, setDueMark, setUnread } from "./unread.js";

const drawers = startDrawers();
let line = null;

function showAddress() {
  const url = new URL(location.href);
  const open = channel();
  url.searchParams.set("as", state.me.user.username);
  if (state.guilds.length > 1) url.searchParams.set("server", state.guild.id);
  else url.searchParams.delete("server");
  if (open) url.searchParams.set("channel", open.type === TEXT ? open.name : open.id);
  window.history.replaceState(null, "", url);
}

function showTitle() {
  const one = channel();
  const count = mentionCount();
  const place = one ? `${one.type === TEXT ? "#" : ""}${channelTitle(one)} · ` : "";
  document.title = `${count ? `(${count}) ` : ""}${place}Sandbox · a local Discord`;
}

async function refreshCommands() {
  const id = state.channelId;
  if (!id) return;
  try {
    const commands = await api.getCommands(id);
    if (id !== state.channelId) return;
    state.commands = commands;
    changed("commands");
  } catch (problem) {
    toast(problem.message);
  }
}

/** Where there is a keyboard, what is typed next belongs to the channel; elsewhere one would pop up. */
function focusComposer() {
  if (matchMedia("(hover: hover)").matches) document.getElementById("composer-text")?.focus();
}

function showChannel(id) {
  setDueMark();
  state.channelId = id;
  showHistory(id, state.unread.get(id)?.after);
  drawers.close();
  changed("channel", "unread", "typing");
  if (!id) return;
  showAddress();
  focusComposer();
}

async function readChannel(read = loadLatest) {
  if (!state.channelId) return;
  try {
    await Promise.all([read(), refreshCommands()]);
  } catch (problem) {
    toast(problem.message);
  }
}

function openChannel(id) {
  showChannel(id);
  return readChannel();
}

/** A thread that is archived stands in no list until it is opened. */
function openThread(thread) {
  if (!channel(thread.id)) state.channels = [...state.channels, thread];
  return openChannel(thread.id);
}

function knownChannels(channels) {
  const open = channel();
  const gone = open && !channels.some((one) => one.id === open.id);
  // The thread being read stays, also when it was archived meanwhile.
  if (gone && open.thread_metadata) return [...channels, open];
  return channels;
}

const events = {
  /** The first word whenever the line is up: nobody knows what was missed while it was down. */
  STATE(world) {
    setWorld(world);
    if (!channel()) showChannel(firstChannel()?.id);
    readChannel(history.newer ? () => {} : loadLatest);
  },
  MESSAGE_CREATE(message) {
    stopTyping(message.author.id);
    countUnread(message);
    putMessage(message);
    const place = channel(message.channel_id);
    if (place && after(message.id, place.last_message_id ?? "0")) place.last_message_id = message.id;
    if (message.channel_id === state.channelId) arrived(message);
  },
  MESSAGE_UPDATE: updateMessage,
  MESSAGE_DELETE: (data) => dropMessage(data.channel_id, data.id),
  MESSAGE_DELETE_BULK: (data) => data.ids.forEach((id) => dropMessage(data.channel_id, id)),
  INTERACTION: handleInteraction,
  MODAL: handleModal,
  COMMANDS: refreshCommands,
  READ: ({ channel_id: id }) => forgetUnread(id),
  MEMBER: changeMember,
  VOICE(voiceState) {
    if (voiceState.channel_id) state.voice.set(voiceState.user_id, voiceState);
    else state.voice.delete(voiceState.user_id);
    changed("voice");
  },
  GUILD(guild) {
    state.guild = guild;
    changed("world", "members");
  },
  GUILDS(guilds) {
    state.guilds = guilds;
    if (guilds.length && !guilds.some((one) => one.id === state.guild.id)) openServer(guilds[0].id);
    else changed("guilds");
  },
  CHANNELS(channels) {
    state.channels = knownChannels(channels);
    forgetGone();
    changed("channels");
    if (!channel()) openChannel(firstChannel()?.id);
    else refreshCommands();
  },
  THREAD(thread) {
    const known = channel(thread.id);
    if (!known) return;
    Object.assign(known, thread);
    changed("channels");
  },
  THREAD_DELETE({ id, parent_id: parentId }) {
    state.channels = state.channels.filter((one) => one.id !== id);
    if (state.channelId === id) openChannel(channel(parentId) ? parentId : firstChannel()?.id);
    else changed("channels");
  },
  CLOCK: setClock,
  BOT({ online }) {
    state.botOnline = online;
    changed("bot");
  },
  TYPING: typed,
  TRAFFIC: trafficArrived,
  FAULTS: faultsArrived,
  VIOLATIONS: violationsArrived,
};

function firstChannel() {
  return state.channels.find((one) => one.type === TEXT) ?? state.channels.find((one) => !isSpoken(one));
}

function channelOfAddress() {
  const wanted = new URL(location.href).searchParams.get("channel");
  const named = state.channels.find((one) => one.id === wanted || (one.type === TEXT && one.name === wanted));
  return named ?? firstChannel();
}

function setWorld(world) {
  Object.assign(state, {
    guilds: world.guilds,
    guild: world.guild,
    channels: knownChannels(world.channels),
    me: world.me,
    bot: world.bot,
    voice: new Map(world.voice.map((one) => [one.user_id, one])),
    botOnline: world.bot_online,
  });
  setPeople(world.members, world.member_count);
  setUnread(world.unread);
  setClock(world.clock);
  changed("world", "guilds", "channels", "members", "voice", "bot");
}

/** Makes this tab `as`'s, on one of their servers: the world as they see it, and the events they may see. */
async function become(as, server) {
  line?.end();
  let world;
  try {
    world = await api.getState(as, server);
  } catch (problem) {
    if (!as) throw problem;
    toast(problem.message); // nobody of that name: the page opens as the first member
    world = await api.getState();
  }
  state.pending.clear();
  state.channels = [];
  setWorld(world);
  showChannel(channelOfAddress()?.id);
  line = api.follow(
    (type, data) => events[type]?.(data),
    (up) => {
      state.linked = up;
      changed("bot", "link");
    },
  );
}

const openServer = (id) => become(myId(), id).catch((problem) => toast(problem.message));

function start() {
  document.getElementById("theme").append(icon("sun"), icon("moon"));
  startChannels({ onOpen: openChannel, onOpenThread: openThread, onServer: openServer });
  startRoomHead({ onOpenThread: openThread, onOpen: openChannel });
  startMembers();
  startIdentity((user) => become(user.id, state.guild.id).catch((problem) => toast(problem.message)));
  startClock();
  startLog({ onReply: setReply, onEdit: setEdit, onTry: tryText, onOpenThread: openThread });
  startComposer();
  startTyping();
  startBanner();
  startQuickSwitcher({ onOpen: openChannel, onServer: openServer });
  startInspector({ say: (word) => line?.say(word) });
  onModal(openForm);
  watch(["unread", "channel", "channels", "members"], perFrame(showTitle));
  const address = new URL(location.href).searchParams;
  become(address.get("as"), address.get("server")).catch((problem) => {
    state.linked = false;
    changed("bot");
    toast(problem.message);
    setTimeout(() => location.reload(), 3000);
  });
}

start();
