// Files that a member adds to a message: uploaded at once, shown as chips, sent along with the text.

import * as api from "./api.js";
import { el, icon, toast } from "./dom.js";

const MOST = 10;
const LARGEST = 10 * 1024 * 1024; // bytes, as Discord lets everybody send

export class Uploads {
  #files = []; // {file, id, node}
  #tray;

  constructor() {
    this.#tray = el("ul", { class: "tray", "aria-label": "Files to send", hidden: true });
  }

  get node() {
    return this.#tray;
  }

  get empty() {
    return !this.#files.length;
  }

  /** Takes files from a picker, a drop or the clipboard. */
  add(files) {
    for (const file of files) {
      if (this.#files.length === MOST) toast(`A message holds ${MOST} files at most.`);
      else if (file.size > LARGEST) toast(`${file.name} is larger than 10 MB.`);
      else this.#upload(file);
    }
  }

  async #upload(file) {
    const entry = { file, id: null };
    entry.node = el(
      "li",
      { class: "chip uploading" },
      icon("file"),
      el("span", { class: "clip" }, file.name),
      el(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": `Remove ${file.name}`,
          onclick: () => this.#remove(entry),
        },
        icon("close"),
      ),
    );
    this.#files.push(entry);
    this.#tray.append(entry.node);
    this.#tray.hidden = false;
    entry.ready = api.upload(file);
    try {
      entry.id = (await entry.ready).id;
      entry.node.classList.remove("uploading");
    } catch (problem) {
      toast(problem.message);
      this.#remove(entry);
    }
  }

  #remove(entry) {
    this.#files = this.#files.filter((one) => one !== entry);
    entry.node.remove();
    this.#tray.hidden = this.empty;
  }

  /** The ids of the files, once all have arrived; the tray is empty afterwards. */
  async take() {
    const entries = this.#files;
    const arrived = await Promise.all(entries.map((one) => one.ready));
    this.clear();
    return arrived.map((one) => one.id);
  }

  clear() {
    for (const entry of [...this.#files]) this.#remove(entry);
  }
}
