// Who is on the open server, by role.

import { avatar, el, toast } from "./dom.js";
import { openUserMenu } from "./menus.js";
import { colourOf, everyoneIsListed, findPeople, listedMembers, memberCount, nameOf } from "./people.js";
import { roveFocus } from "./popover.js";
import { hex, myId, perFrame, role, state, watch } from "./store.js";

const MANY = 25; // members above which the list can be searched
const DEBOUNCE = 150; // ms

const list = document.getElementById("member-list");
const filter = document.getElementById("member-filter");
let found = null; // the answer to a search, or null
let timer = null;

const rolesOf = (one) =>
  (one.roles ?? [])
    .map(role)
    .filter((each) => each && each.id !== state.guild.id && !each.managed)
    .sort((a, b) => b.position - a.position);

/** The role under which a member stands in the list. */
const groupOf = (one) => rolesOf(one).find((each) => each.hoist);

function roleTags(one) {
  const group = groupOf(one);
  const tags = rolesOf(one).filter((each) => each !== group);
  if (!tags.length) return null;
  return el(
    "span",
    { class: "roles" },
    tags.map((each) =>
      el("span", { class: "role", style: each.color ? { "--role": hex(each.color) } : {} }, each.name),
    ),
  );
}

function presence(user) {
  if (!user.bot) return null;
  const words = state.botOnline ? "online" : "offline";
  return el("span", { class: `presence ${words}`, title: words });
}

function row(one) {
  const { user } = one;
  const colour = colourOf(user.id);
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: user.bot && !state.botOnline ? "member away" : "member",
        "aria-haspopup": "menu",
        onclick: (event) => openUserMenu(event.currentTarget, user),
        oncontextmenu: (event) => {
          event.preventDefault();
          openUserMenu(event.currentTarget, user, { x: event.clientX, y: event.clientY });
        },
      },
      el("span", { class: "avatar-box" }, avatar(user, 32), presence(user)),
      el(
        "span",
        { class: "member-text" },
        el(
          "span",
          { class: "member-name", style: colour ? { "--role": colour } : {} },
          nameOf(user),
          user.bot ? el("span", { class: "bot-tag" }, "BOT") : null,
          user.id === myId() ? el("small", {}, " you") : null,
        ),
        roleTags(one),
      ),
    ),
  );
}

const byName = (a, b) => nameOf(a.user).localeCompare(nameOf(b.user));

function group(title, members, count = members.length) {
  if (!members.length) return [];
  return [
    el("h3", { class: "side-heading" }, `${title} · ${count.toLocaleString("en")}`),
    el("ul", {}, members.sort(byName).map(row)),
  ];
}

function drawWhole() {
  const everybody = listedMembers();
  const apart = everybody.filter(groupOf);
  const rest = everybody.filter((one) => !groupOf(one));
  const people = rest.filter(({ user }) => !user.bot);
  const bots = rest.filter(({ user }) => user.bot);
  const roles = [...new Set(apart.map(groupOf))].sort((a, b) => b.position - a.position);
  const unseen = memberCount() - everybody.length;
  list.replaceChildren(
    ...roles.flatMap((each) =>
      group(
        each.name,
        apart.filter((one) => groupOf(one) === each),
      ),
    ),
    ...group("Members", people, people.length + unseen),
    ...(unseen > 0
      ? [el("p", { class: "side-note" }, `…and ${unseen.toLocaleString("en")} more: search above`)]
      : []),
    ...group(bots.length === 1 ? "Bot" : "Bots", bots),
  );
}

function draw() {
  filter.hidden = memberCount() <= MANY;
  if (filter.hidden) found = null;
  if (!found) drawWhole();
  else if (found.length) list.replaceChildren(...group("Found", found));
  else list.replaceChildren(el("p", { class: "side-note" }, "Nobody has such a name."));
}

async function search() {
  const words = filter.value.trim();
  try {
    const people = words ? await findPeople(words) : null;
    if (words !== filter.value.trim()) return;
    found = people;
    draw();
  } catch (problem) {
    toast(problem.message);
  }
}

export function startMembers() {
  roveFocus(list, ".member");
  filter.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, everyoneIsListed() ? 0 : DEBOUNCE);
  });
  watch(["world"], () => {
    found = null;
    filter.value = "";
  });
  watch(["members", "world", "bot"], perFrame(draw));
}
