// On a narrow page the channels and the members are drawers; on a wide one they simply stand there.

import { icon } from "./dom.js";

const NAMES = ["channels", "members"];
const wide = matchMedia("(min-width: 900px)");

/** Returns {close}, which closes whatever is open. */
export function startDrawers() {
  const shade = document.getElementById("shade");
  const buttons = NAMES.map((name) => document.getElementById(`open-${name}`));
  const sides = NAMES.map((name) => document.getElementById(name));
  let open = -1;

  function show(index) {
    const before = open;
    open = index;
    sides.forEach((side, at) => {
      side.classList.toggle("open", at === index);
      side.inert = !wide.matches && at !== index; // a closed drawer is out of the keyboard's way
      buttons[at].setAttribute("aria-expanded", String(at === index));
    });
    shade.hidden = index < 0;
    if (index >= 0) sides[index].querySelector("button")?.focus();
    else if (before >= 0 && !wide.matches) buttons[before].focus();
  }

  buttons.forEach((button, index) => {
    button.append(icon(index ? "members" : "menu"));
    button.addEventListener("click", () => show(open === index ? -1 : index));
  });
  shade.addEventListener("click", () => show(-1));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open >= 0 && !document.querySelector(":popover-open, dialog[open]"))
      show(-1);
  });
  wide.addEventListener("change", () => show(-1));
  show(-1);
  return {
    close: () => {
      if (open >= 0) show(-1);
    },
  };
}
