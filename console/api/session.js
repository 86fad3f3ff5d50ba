/** State that is stored until the tab is closed: the token, and the parameters of Stripe's redirect. */

const TOKEN = "drawbridge.token";
const RETURNED = "drawbridge.returned";
const CONNECTING = "drawbridge.connecting";
const PARTING = "drawbridge.parting";
const REPLACE =
  "This link signs you in with another token, perhaps into another organization. Replace the token that you are signed in with?";

let leaving = false;

/** @typedef {{ state: string, code?: string, error?: string, errorDescription?: string }} Returned */

export const token = () => sessionStorage.getItem(TOKEN);

/** @param {string} text */
export const keepToken = (text) => sessionStorage.setItem(TOKEN, text);

/** Signs out and reloads, so that no data stays visible. Signing in again returns to the same page. @param {string} why */
export function askAgain(why) {
  if (leaving) return; // only the first of several reasons is shown
  leaving = true;
  sessionStorage.removeItem(TOKEN);
  sessionStorage.setItem(PARTING, why);
  location.reload();
}

export function signOut() {
  sessionStorage.clear();
  askAgain("You have signed out.");
}

/** The reason for the last sign-out, returned only once. */
export function partingWords() {
  const words = sessionStorage.getItem(PARTING);
  sessionStorage.removeItem(PARTING);
  return words;
}

/**
 * Removes the secrets of a link from the address bar, so that screenshots do not show them. Returns true if the link's
 * token is used: a link of somebody else's must not move the user into another organization unnoticed.
 */
export function takeFragment() {
  const carried = new URLSearchParams(location.hash.slice(1));
  const carriedToken = carried.get("token");
  if (carriedToken !== null) {
    history.replaceState(null, "", location.pathname);
    if (token() && token() !== carriedToken && !confirm(REPLACE)) return false;
    keepToken(carriedToken);
  } else if (carried.has("state")) {
    sessionStorage.setItem(RETURNED, carried.toString());
    history.replaceState(null, "", `${location.pathname}#/credentials/return`);
  }
  return carried.has("token");
}

/** @returns {Returned | null} */
export function returned() {
  const carried = new URLSearchParams(sessionStorage.getItem(RETURNED) ?? "");
  const { state, code, error, error_description: errorDescription } = Object.fromEntries(carried);
  return state ? { state, code, error, errorDescription } : null;
}

/** Stores which credential the user connects at Stripe, and whether it is a reconnection. @param {{ id: string, again: boolean }} it */
export const keepConnecting = (it) => sessionStorage.setItem(CONNECTING, JSON.stringify(it));

/** @returns {{ id?: string, again?: boolean }} empty if the user started in another tab */
export const connecting = () => JSON.parse(sessionStorage.getItem(CONNECTING) ?? "{}");

export function forgetReturned() {
  sessionStorage.removeItem(RETURNED);
  sessionStorage.removeItem(CONNECTING);
}
