// Building nodes. Text always becomes text nodes, so nothing a member or a bot wrote is ever read as HTML.

/** Makes an element. `on…` props are listeners, `style` goes through the CSSOM, as the CSP asks. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(node.dataset, value);
    else if (key === "style")
      for (const [name, rule] of Object.entries(value)) node.style.setProperty(name, rule);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

/** Puts `nodes` into `parent` in order, moving only what is out of place (so focus and pictures survive). */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}

const SHAPES = {
  menu: "M4 6h16M4 12h16M4 18h16",
  members:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.5-3.6 3-5.5 6.5-5.5s6 1.9 6.5 5.5M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.8c2 .8 3.2 2.5 3.5 5.2",
  text: "M10 4 8 20M16 4l-2 16M4.5 9h16M3.5 15h16",
  voice: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  dm: "M4 5h16v11H9.5L5.5 19.5V16H4V5Z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  reply: "M10 7 5 12l5 5M5.5 12H14c3.5 0 5.5 2 5.5 5.5",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 14c1.8 2.4 5.2 2.4 7 0M9 9.5h.01M15 9.5h.01",
  send: "M5 12h13M12.5 6l6 6-6 6",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9.5l6 6 6-6",
  eye: "M2.5 12c2.5-4.3 5.7-6.5 9.5-6.5s7 2.2 9.5 6.5c-2.5 4.3-5.7 6.5-9.5 6.5S5 16.3 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  link: "M14 5h5v5M19 5l-8.5 8.5M17 14v5H5V7h5",
  file: "M6.5 3.5h7l4 4v13h-11v-17ZM13.5 3.5v4h4",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2.5v2.5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M5.3 18.7 7 17M17 7l1.7-1.7",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z",
  thread: "M5 5h14v9h-8l-4 3.5V14H5ZM9 8.2h6M9 10.9h4",
  forum: "M4 5h11v7H8.5L5.5 14.5V12H4ZM9.5 15v1.5H16l3 2.5v-2.5h1v-7h-2",
  news: "M4 10v4h3l8 4.5v-13L7 10H4ZM18 9.5a3.5 3.5 0 0 1 0 5",
  pin: "M9 4h6l-.8 6 3.3 3.5H6.5L9.8 10 9 4ZM12 13.5V20.5",
  join: "M12 5v14M5 12h14",
  leave: "M5 12h14",
  plus: "M12 5v14M5 12h14",
  pulse: "M3 12h4l3-7 4 14 3-7h4",
  pause: "M8 5.5v13M16 5.5v13",
  play: "M7.5 5.5v13l11-6.5-11-6.5Z",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l1 12.5h8L17 7",
  search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM16 16l4.5 4.5",
  forward: "M14 7l5 5-5 5M18.5 12H10c-3.5 0-5.5 2-5.5 5.5",
  spark: "M13 3 5 14h6l-1 7 8-11h-6l1-7Z",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5.2l3.5 2",
};

/** A line-drawn icon, hidden from assistive technology: the button around it carries the name. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** An avatar at a fixed size, so that nothing moves when it arrives. */
export function avatar(user, size = 40) {
  return el("img", {
    class: "avatar",
    src: `/sandbox/avatars/${user.id}.svg`,
    alt: "",
    width: size,
    height: size,
    loading: "lazy",
  });
}

let counter = 0;

/** A fresh id for tying labels and lists to their inputs. */
export function freshId(stem) {
  counter += 1;
  return `${stem}-${counter}`;
}

/** Shows a short notice which leaves by itself. */
export function toast(text) {
  const note = el("p", { class: "toast" }, text);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), 6000);
}
