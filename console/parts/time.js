/** Times in words and countdowns, by the server's clock. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { now } from "../api/clock.js";

/** @type {[seconds: number, unit: Intl.RelativeTimeFormatUnit][]} */
const UNITS = [[31_536_000, "year"], [2_592_000, "month"], [86_400, "day"], [3_600, "hour"], [60, "minute"]];
// The estimate of the server's clock may be off by this many seconds.
const CLOCK_SKEW_SECONDS = 2;
const WORDS = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** The current time in milliseconds, at each rendering. @param {number} seconds the longest time between two */
function useNow(seconds) {
  const [, render] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => render(now()), seconds * 1000);
    return () => clearInterval(timer);
  }, []);
  return now();
}

/** @param {number} seconds negative in the past */
function inWords(seconds) {
  const [length, unit] = UNITS.find(([length]) => Math.abs(seconds) >= length) ?? [0, null];
  return unit ? WORDS.format(Math.round(seconds / length), unit) : seconds < CLOCK_SKEW_SECONDS ? "just now" : "in a moment";
}

/** A relative time; the exact time is in its tooltip, or beside it. @param {{ at: string | null, never?: string, exact?: boolean }} properties */
export function Time({ at, never = "never", exact = false }) {
  const time = useNow(15);
  if (!at) return html`<span>${never}</span>`;
  const full = EXACT.format(new Date(at));
  const words = inWords((Date.parse(at) - time) / 1000);
  return html`<time dateTime=${at} title=${full}>${words}${exact && html`<small class="exact">${full}</small>`}</time>`;
}

/**
 * The start of a day in the user's time zone, or of a later one; undefined for any other text.
 * @param {string | undefined} day such as 2026-11-28
 * @param {number} [later] in days
 */
export function startOfDay(day, later = 0) {
  const start = new Date(`${day}T00:00`);
  start.setDate(start.getDate() + later);
  return Number.isNaN(start.getTime()) ? undefined : start.toISOString();
}

/** An exact time. @param {{ at: string }} properties */
export const Moment = ({ at }) => html`<time dateTime=${at}>${EXACT.format(new Date(at))}</time>`;

/** When something is due, relative to now. @param {{ at: string | null }} properties */
export function Due({ at }) {
  const overdue = Date.parse(at ?? "") <= useNow(15);
  return overdue ? html`<span>due</span>` : html`<${Time} at=${at} never="none" />`;
}

/** When something ends or ended. @param {{ at: string }} properties */
export function Ending({ at }) {
  const ended = Date.parse(at) <= useNow(15);
  return html`${ended ? "ended" : "ends"} <${Time} at=${at} />`;
}

/** The remaining minutes and seconds. @param {{ until: string }} properties */
export function Countdown({ until }) {
  const left = (Date.parse(until) - useNow(1)) / 1000;
  return html`<time class="countdown" dateTime=${until} title=${EXACT.format(new Date(until))}>${leftInWords(left)}</time>`;
}

/** @param {number} seconds */
function leftInWords(seconds) {
  if (seconds <= 0) return "time is up";
  if (seconds < 1) return "less than a second left";
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")} left`;
}
