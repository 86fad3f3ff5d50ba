/** The server's clock. The browser's may be hours off, so nothing here is computed from it alone. */

// Milliseconds by which the server's clock is ahead.
let ahead = 0;

/**
 * Learns from the Date header of a response (RFC 9110, section 6.6.1), which has whole seconds. The header bounds the
 * difference from both sides; the estimate moves only as far as a bound requires, so the bounds of many responses narrow it.
 * @param {Response} response
 * @param {number} sentAt by this browser's clock
 */
export function learn(response, sentAt) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(date)) return;
  ahead = Math.min(Math.max(ahead, date - Date.now()), date + 1000 - sentAt);
}

/** The server's time in milliseconds since 1970. */
export const now = () => Date.now() + ahead;
