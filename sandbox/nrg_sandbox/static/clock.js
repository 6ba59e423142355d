// The virtual clock: what it says, and how to move it.

import * as api from "./api.js";
import { el, icon, toast } from "./dom.js";
import { now, setClock, state, watch } from "./store.js";
import { hourMinute, offsetText, shortDay } from "./time.js";

const HOUR = 3600;
const STEPS = [
  ["+1 hour", HOUR],
  ["+1 day", 24 * HOUR],
  ["+1 week", 7 * 24 * HOUR],
];

export function startClock() {
  const text = el("time", {});
  const offset = el("span", { class: "offset" });
  const move = async (seconds) => {
    try {
      setClock(await api.advanceClock(seconds));
    } catch (problem) {
      toast(problem.message);
    }
  };
  document.getElementById("clock").append(
    el("p", { class: "clock-face", "aria-live": "polite" }, icon("clock"), text, offset),
    el(
      "div",
      { class: "steps", role: "group", "aria-label": "Move the clock" },
      STEPS.map(([label, seconds]) =>
        el(
          "button",
          {
            type: "button",
            class: "step",
            onclick: () => move(seconds),
          },
          label,
        ),
      ),
    ),
  );

  const show = () => {
    const date = now();
    const words = `${shortDay(date)}, ${hourMinute(date)} UTC`;
    if (text.textContent !== words) text.textContent = words;
    text.dateTime = date.toISOString();
    const away = offsetText(state.clock.offset);
    offset.textContent = away ? ` · ${away}` : "";
  };
  watch(["clock", "world"], show);
  setInterval(show, 1000);
}
