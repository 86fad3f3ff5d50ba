/** What this tab keeps until it is closed: the token, and what the user has brought back from Stripe. */

const TOKEN = "drawbridge.token";
const RETURNED = "drawbridge.returned";
const CONNECTING = "drawbridge.connecting";
const PARTING = "drawbridge.parting";

/** @typedef {{ state: string, code?: string, error?: string, errorDescription?: string }} Returned */

export const token = () => sessionStorage.getItem(TOKEN);

/** @param {string} text */
export const keepToken = (text) => sessionStorage.setItem(TOKEN, text);

/** Begins anew without a token; all that the page has shown is gone. @param {string} why told on the sign-in page */
export function signOut(why) {
  sessionStorage.removeItem(TOKEN);
  sessionStorage.setItem(PARTING, why);
  location.assign(location.pathname);
}

/** Why one was signed out, if so: told once. */
export function partingWords() {
  const words = sessionStorage.getItem(PARTING);
  sessionStorage.removeItem(PARTING);
  return words;
}

/** Takes what the address carries out of it, so that neither the history nor a picture of the window shows it. */
export function takeFragment() {
  const carried = new URLSearchParams(location.hash.slice(1));
  if (carried.has("token")) {
    keepToken(carried.get("token") ?? "");
    history.replaceState(null, "", location.pathname);
  } else if (carried.has("state")) {
    sessionStorage.setItem(RETURNED, carried.toString());
    history.replaceState(null, "", `${location.pathname}#/credentials/return`);
  }
}

/** @returns {Returned | null} */
export function returned() {
  const carried = new URLSearchParams(sessionStorage.getItem(RETURNED) ?? "");
  const { state, code, error, error_description: errorDescription } = Object.fromEntries(carried);
  return state ? { state, code, error, errorDescription } : null;
}

export const forgetReturned = () => sessionStorage.removeItem(RETURNED);

/** @param {string} credentialId the credential that the user is now sent to Stripe for */
export const keepConnecting = (credentialId) => sessionStorage.setItem(CONNECTING, credentialId);

export const connecting = () => sessionStorage.getItem(CONNECTING);
