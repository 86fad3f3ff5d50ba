/** State that is stored until the tab is closed: the token, and the parameters of Stripe's redirect. */

const TOKEN = "drawbridge.token";
export const RETURNED = "drawbridge.returned";
const PARTING = "drawbridge.parting";
const REPLACE =
  "This link signs you in with another token, perhaps into another organization. Replace the token that you are signed in with?";

let leaving = false;

/** Whether the page is being reloaded to sign in again: it must not be stopped, and drafts outlive it. */
export const isLeaving = () => leaving;

export const token = () => sessionStorage.getItem(TOKEN);

export const forgetToken = () => sessionStorage.removeItem(TOKEN);

/** @param {string} text */
export const keepToken = (text) => sessionStorage.setItem(TOKEN, text);

/** Signs out and reloads, so that no data stays visible. Signing in again returns to the same page. @param {string} why */
export function askAgain(why) {
  if (leaving) return; // only the first of several reasons is shown
  leaving = true;
  forgetToken();
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
 * Removes the secrets of a link from the address bar, so that screenshots do not show them. A token replaces another one
 * only after a question: a link of somebody else's must not move the user into another organization unnoticed.
 */
export function takeFragment() {
  const carried = new URLSearchParams(location.hash.slice(1));
  const carriedToken = carried.get("token");
  if (carriedToken !== null) {
    history.replaceState(null, "", location.pathname);
    if (token() && token() !== carriedToken && !confirm(REPLACE)) return;
    keepToken(carriedToken);
  } else if (carried.has("state")) {
    sessionStorage.setItem(RETURNED, carried.toString());
    history.replaceState(null, "", `${location.pathname}#/credentials/return`);
  }
}
