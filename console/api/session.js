/** What this tab keeps until it is closed: the token, and what the user has brought back from Stripe. */

const TOKEN = "drawbridge.token";
const RETURNED = "drawbridge.returned";
const CONNECTING = "drawbridge.connecting";
const PARTING = "drawbridge.parting";

let leaving = false;

/** @typedef {{ state: string, code?: string, error?: string, errorDescription?: string }} Returned */

export const token = () => sessionStorage.getItem(TOKEN);

/** @param {string} text */
export const keepToken = (text) => sessionStorage.setItem(TOKEN, text);

/** Begins anew without a token: what the page has shown is gone, and who signs in again goes on. @param {string} why */
export function askAgain(why) {
  if (leaving) return; // one reason is told, of several that come of it
  leaving = true;
  sessionStorage.removeItem(TOKEN);
  sessionStorage.setItem(PARTING, why);
  location.reload();
}

export function signOut() {
  sessionStorage.clear();
  askAgain("You have signed out.");
}

/** Why one was signed out, if so: told once. */
export function partingWords() {
  const words = sessionStorage.getItem(PARTING);
  sessionStorage.removeItem(PARTING);
  return words;
}

/** Takes what a link carries out of the address, so that a picture of the window does not show it: true, if that is a token. */
export function takeFragment() {
  const carried = new URLSearchParams(location.hash.slice(1));
  if (carried.has("token")) {
    keepToken(carried.get("token") ?? "");
    history.replaceState(null, "", location.pathname);
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

/** For which credential the user is sent to Stripe, and whether it is connected again. @param {{ id: string, again: boolean }} it */
export const keepConnecting = (it) => sessionStorage.setItem(CONNECTING, JSON.stringify(it));

/** @returns {{ id?: string, again?: boolean }} nothing, if that was in another tab */
export const connecting = () => JSON.parse(sessionStorage.getItem(CONNECTING) ?? "{}");

export function forgetReturned() {
  sessionStorage.removeItem(RETURNED);
  sessionStorage.removeItem(CONNECTING);
}
