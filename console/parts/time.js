/** Relative times in words, with the exact time on hover. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";

/** @type {[seconds: number, unit: Intl.RelativeTimeFormatUnit][]} */
const UNITS = [[31_536_000, "year"], [2_592_000, "month"], [86_400, "day"], [3_600, "hour"], [60, "minute"]];
// The server's clock may be ahead by this many seconds.
const CLOCK_SKEW_SECONDS = 20;
const WORDS = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** The current time in milliseconds. @param {number} seconds between updates */
function useNow(seconds) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), seconds * 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** @param {number} seconds negative in the past */
function inWords(seconds) {
  const [length, unit] = UNITS.find(([length]) => Math.abs(seconds) >= length) ?? [0, null];
  return unit ? WORDS.format(Math.round(seconds / length), unit) : seconds < CLOCK_SKEW_SECONDS ? "just now" : "in a moment";
}

/** @param {{ at: string | null, never?: string }} properties `never` is shown if there is no time */
export function Time({ at, never = "never" }) {
  const now = useNow(15);
  if (!at) return html`<span>${never}</span>`;
  return html`<time dateTime=${at} title=${EXACT.format(new Date(at))}>${inWords((Date.parse(at) - now) / 1000)}</time>`;
}

/** The remaining minutes and seconds. @param {{ until: string }} properties */
export function Countdown({ until }) {
  const left = Math.max(0, Math.round((Date.parse(until) - useNow(1)) / 1000));
  const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return html`<time class="countdown" dateTime=${until} title=${EXACT.format(new Date(until))}>${text} left</time>`;
}
