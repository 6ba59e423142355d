// Talking to the sandbox: JSON requests, and the stream of events.

async function request(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
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

const query = (as) => (as ? `?as=${encodeURIComponent(as)}` : "");

export const getState = (as) => request("GET", `/sandbox/state${query(as)}`);
export const getMessages = (as, channel) =>
  request("GET", `/sandbox/channels/${channel}/messages${query(as)}&limit=100`);
export const sendMessage = (body) => request("POST", "/sandbox/messages", body);
export const runCommand = (body) => request("POST", "/sandbox/commands", body);
export const autocomplete = (body) => request("POST", "/sandbox/autocomplete", body);
export const pressComponent = (body) => request("POST", "/sandbox/components", body);
export const submitModal = (body) => request("POST", "/sandbox/modals", body);
export const react = (body) => request("POST", "/sandbox/reactions", body);
export const unreact = (body) => request("DELETE", "/sandbox/reactions", body);
export const addMember = (name) => request("POST", "/sandbox/members", { name });
export const advanceClock = (seconds) => request("POST", "/sandbox/clock", { advance: seconds });

/**
 * Follows what `as` may see. `onEvent(type, data)` for each event; `onLink(up)` when the line opens or drops.
 * A dropped line is opened again with growing pauses. Returns a function that ends it.
 */
export function follow(as, onEvent, onLink) {
  let socket;
  let pause = 250;
  let timer;
  let ended = false;
  const open = () => {
    socket = new WebSocket(
      `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/sandbox/events${query(as)}`,
    );
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
  return () => {
    ended = true;
    clearTimeout(timer);
    socket.close();
  };
}
