// Times of the virtual clock, as text. Everything is shown in UTC, as the clock above the page is.

import { el } from "./dom.js";
import { now } from "./store.js";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LONG_MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const EPOCH = 1_420_070_400_000n; // ms: the first of January 2015

/** The instant that an id carries. */
export const createdAt = (id) => new Date(Number((BigInt(id) >> 22n) + EPOCH));

const two = (number) => String(number).padStart(2, "0");
export const hourMinute = (date) => `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
/** The time of day, to the millisecond: of real time, as the machine's clock shows it. */
export const clockTime = (date) =>
  `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
export const dayKey = (date) => date.toISOString().slice(0, 10);
export const shortDay = (date) =>
  `${DAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
const longDate = (date) => `${date.getUTCDate()} ${LONG_MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
export const longDay = (date) => `${LONG_DAYS[date.getUTCDay()]} ${longDate(date)}`;
const slashes = (date) => `${two(date.getUTCDate())}/${two(date.getUTCMonth() + 1)}/${date.getUTCFullYear()}`;

/** "3 hours ago", "in 2 days": measured from the virtual now. */
function ago(date) {
  const seconds = (date - now()) / 1000;
  for (const [unit, size] of UNITS)
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  return relative.format(Math.round(seconds), "second");
}

const STYLES = {
  t: hourMinute,
  T: (date) => `${hourMinute(date)}:${two(date.getUTCSeconds())}`,
  d: slashes,
  D: longDate,
  f: (date) => `${longDate(date)} ${hourMinute(date)}`,
  F: (date) => `${longDay(date)} ${hourMinute(date)}`,
  s: (date) => `${slashes(date)} ${hourMinute(date)}`,
  S: (date) => `${slashes(date)} ${hourMinute(date)}:${two(date.getUTCSeconds())}`,
  R: ago,
  // The message head: as short as can be without doubt.
  head: (date) => {
    const today = now();
    if (dayKey(date) === dayKey(today)) return hourMinute(date);
    if (dayKey(date) === dayKey(new Date(today - 86_400_000))) return `Yesterday ${hourMinute(date)}`;
    return `${shortDay(date)}, ${hourMinute(date)}`;
  },
};

/** A <time> that keeps itself right when the virtual clock moves; `style` is Discord's letter, or "head". */
export function timeElement(date, style = "f", props = {}) {
  if (Number.isNaN(date.getTime())) return el("span", props, "an impossible time");
  const title = `${STYLES.F(date)} UTC`;
  return el(
    "time",
    { ...props, datetime: date.toISOString(), title, dataset: { style } },
    (STYLES[style] ?? STYLES.f)(date),
  );
}

/** Rewrites those times in `root` that depend on now. */
export function refreshTimes(root) {
  for (const node of root.querySelectorAll('time[data-style="R"], time[data-style="head"]')) {
    const text = STYLES[node.dataset.style](new Date(node.dateTime));
    if (node.textContent !== text) node.textContent = text;
  }
}

/** How far the clock was moved: "+3 days", "+1 day 2 h", "" when it was not. */
export function offsetText(seconds) {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const parts = [];
  if (days) parts.push(days === 1 ? "1 day" : `${days} days`);
  if (hours) parts.push(`${hours} h`);
  if (!days && minutes % 60) parts.push(`${minutes % 60} min`);
  return parts.length ? (seconds < 0 ? "−" : "+") + parts.join(" ") : "";
}
