// Talking to the sandbox: JSON requests, and the stream of events.

import { state } from "./store.js";

async function request(method, path, body) {
  const json = body !== undefined && !(body instanceof Blob);
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: json ? { "Content-Type": "application/json" } : {},
      body: json ? JSON.stringify(body) : body,
    });
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const text = await response.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    /* a plain text error page */
  }
  if (!response.ok) throw new Error(data?.message ?? `The sandbox answered ${response.status}.`);
  return data;
}

const me = () => state.me?.user.id;

/** The path with its query; what is undefined or empty is left out. */
function at(path, query = {}) {
  const words = Object.entries({ as: me(), ...query }).filter(([, value]) => value);
  return words.length ? `${path}?${new URLSearchParams(words)}` : path;
}

const post = (path, body, method = "POST") => request(method, path, { as: me(), ...body });
const room = (channelId, what) => `/sandbox/channels/${channelId}/${what}`;

export const getState = (as, guild) => request("GET", at("/sandbox/state", { as, guild }));
export const getMessages = (channelId, query) => request("GET", at(room(channelId, "messages"), query));
export const getCommands = (channelId) => request("GET", at(room(channelId, "commands")));
export const getThreads = (channelId) => request("GET", at(room(channelId, "threads")));
export const getPins = (channelId) => request("GET", at(room(channelId, "pins")));
export const findMembers = (query) =>
  request("GET", at("/sandbox/members", { guild: state.guild.id, ...query }));

export const sendMessage = (body) => post("/sandbox/messages", body);
export const editMessage = (id, content) => post(`/sandbox/messages/${id}`, { content }, "PATCH");
export const deleteMessage = (id) => post(`/sandbox/messages/${id}`, {}, "DELETE");
export const pinMessage = (id) => post(`/sandbox/messages/${id}/pin`, {}, "PUT");
export const unpinMessage = (id) => post(`/sandbox/messages/${id}/pin`, {}, "DELETE");
export const startThread = (body) => post("/sandbox/threads", body);
export const upload = (file) => request("POST", at("/sandbox/files", { name: file.name }), file);
export const runCommand = (body) => post("/sandbox/commands", body);
export const autocomplete = (body) => post("/sandbox/autocomplete", body);
export const pressComponent = (body) => post("/sandbox/components", body);
export const submitModal = (body) => post("/sandbox/modals", body);
export const react = (body) => post("/sandbox/reactions", body);
export const unreact = (body) => post("/sandbox/reactions", body, "DELETE");
export const markRead = (channelId) => post("/sandbox/read", { channel_id: channelId });
export const joinServer = (name) => post("/sandbox/members", { name, guild_id: state.guild.id });
export const enterVoice = (channelId) =>
  post("/sandbox/voice", { channel_id: channelId, guild_id: state.guild.id });
export const advanceClock = (seconds) => post("/sandbox/clock", { advance: seconds });

export const getTraffic = () => request("GET", "/sandbox/traffic");
export const getExchange = (id) => request("GET", `/sandbox/traffic/${id}`);
export const getFaults = () => request("GET", "/sandbox/faults");
export const arrangeFault = (fault) => post("/sandbox/faults", fault);
export const removeFault = (id) => request("DELETE", `/sandbox/faults/${id}`);
export const strikeGateway = (stroke) => post("/sandbox/gateway", stroke);

/**
 * Follows what this member may see. `onEvent(type, data)` for each event; `onLink(up)` when the line opens or drops.
 * A dropped line is opened again with growing pauses. Returns {say, end}: `say(word)` tells the server something.
 */
export function follow(onEvent, onLink) {
  let socket;
  let pause = 250;
  let timer;
  let ended = false;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const address = `${scheme}://${location.host}${at("/sandbox/events", { guild: state.guild.id })}`;
  const open = () => {
    socket = new WebSocket(address);
    socket.addEventListener("open", () => {
      pause = 250;
      onLink(true);
    });
    socket.addEventListener("message", (frame) => {
      const { t, d } = JSON.parse(frame.data);
      onEvent(t, d);
    });
    socket.addEventListener("close", () => {
      if (ended) return;
      onLink(false);
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, 5000);
    });
  };
  open();
  return {
    say(word) {
      if (socket.readyState === WebSocket.OPEN) socket.send(word);
    },
    end() {
      ended = true;
      clearTimeout(timer);
      socket.close();
    },
  };
}
