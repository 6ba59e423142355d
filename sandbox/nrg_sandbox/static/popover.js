// One floating panel for menus, pickers and palettes: the browser's own popover, beside its anchor.

import { el, freshId } from "./dom.js";

const GAP = 6;

function setPlace(panel, at) {
  const { width, height } = panel.getBoundingClientRect();
  const below = at.bottom + GAP + height <= innerHeight || at.top < innerHeight - at.bottom;
  const top = below ? at.bottom + GAP : at.top - GAP - height;
  panel.style.setProperty("left", `${Math.max(GAP, Math.min(at.left, innerWidth - width - GAP))}px`);
  panel.style.setProperty("top", `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px`);
}

/**
 * Opens a panel beside `anchor` (or at `point`, for right clicks) and returns {panel, place, close}; `place` is for
 * content that came later.
 * Escape and a press elsewhere close it; focus goes back to the anchor.
 */
export function openPanel(anchor, content, { role = "dialog", label, point, className = "", onClose } = {}) {
  const panel = el(
    "div",
    {
      class: `panel ${className}`,
      popover: "auto",
      role,
      "aria-label": label,
      id: freshId("panel"),
      onclick: (event) => event.stopPropagation(),
      ontoggle: (event) => {
        if (event.newState !== "closed") return;
        anchor.setAttribute("aria-expanded", "false");
        const hadFocus = panel.contains(document.activeElement) || document.activeElement === document.body;
        panel.remove();
        if (hadFocus && anchor.isConnected) anchor.focus({ preventScroll: true });
        onClose?.();
      },
    },
    content,
  );
  // Beside the anchor, not in the body: inside a modal form everything outside of it is inert.
  (anchor.closest("dialog") ?? document.body).append(panel);
  panel.showPopover();
  anchor.setAttribute("aria-expanded", "true");
  const place = () =>
    setPlace(
      panel,
      point ? { left: point.x, top: point.y, bottom: point.y } : anchor.getBoundingClientRect(),
    );
  place();
  return {
    panel,
    place,
    close: () => {
      if (panel.isConnected) panel.hidePopover();
    },
  };
}

/** Moves focus among `items` with the arrow keys, Home and End. */
export function roveFocus(container, selector) {
  container.addEventListener("keydown", (event) => {
    const items = [...container.querySelectorAll(selector)];
    const here = items.indexOf(document.activeElement);
    // In a field above the list the other keys move the caret.
    if (here < 0 && event.target.closest("input, textarea") && event.key !== "ArrowDown") return;
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next === undefined || !items.length) return;
    event.preventDefault();
    items[(next + items.length) % items.length].focus();
  });
}

/** A menu of actions: items are {label, detail?, onPick}, {heading} or {note}. */
export function openMenu(anchor, items, { label, point } = {}) {
  const list = el(
    "div",
    { class: "menu" },
    items.map((item) =>
      item.heading || item.note
        ? el("p", { class: item.heading ? "menu-heading" : "menu-note" }, item.heading ?? item.note)
        : el(
            "button",
            {
              type: "button",
              role: "menuitem",
              class: "menu-item",
              onclick: () => {
                opened.close();
                item.onPick();
              },
            },
            el("span", { class: "menu-label" }, item.label),
            item.detail ? el("span", { class: "menu-detail" }, item.detail) : null,
          ),
    ),
  );
  roveFocus(list, ".menu-item");
  const opened = openPanel(anchor, list, { role: "menu", label, point });
  list.querySelector(".menu-item")?.focus({ preventScroll: true });
  return opened;
}
