// The line above everything: when the sandbox does not answer, or the bot is not there.

import { el } from "./dom.js";
import { state, watch } from "./store.js";

export function startBanner() {
  const banner = document.getElementById("banner");
  watch(["bot", "link"], () => {
    banner.hidden = state.linked && state.botOnline;
    if (banner.hidden) return;
    if (!state.linked) banner.replaceChildren("The sandbox does not answer. Trying again…");
    else banner.replaceChildren("The bot is offline. Start it with: ", el("code", {}, "nrg run"));
  });
}
