/** The authorizations that this browser has begun at Stripe, and what Stripe's redirects brought back. */

import { RETURNED } from "../api/session.js";
import { discard } from "../parts/route.js";

const ATTEMPTS = "drawbridge.attempts"; // in all tabs: users come back in another one
const BEGUN = "drawbridge.begun";
const MOST = 20;

/** @typedef {{ state: string, code?: string, error?: string, errorDescription?: string }} Returned */
/** @typedef {{ id: string, name: string, destination: string }} Begun */

/** The credential's id for the beginning of each state; a whole state is not kept where it outlives the tab. @returns {Record<string, string>} */
const attempts = () => JSON.parse(localStorage.getItem(ATTEMPTS) ?? "{}");

/** @param {string} state */
const shortened = (state) => state.slice(0, 12);

/** Leaves for Stripe. @param {string} id of the credential @param {string} authorizationUrl */
export function leaveFor(id, authorizationUrl) {
  const state = new URL(authorizationUrl).searchParams.get("state") ?? "";
  const newest = Object.entries({ ...attempts(), [shortened(state)]: id }).slice(-MOST);
  localStorage.setItem(ATTEMPTS, JSON.stringify(Object.fromEntries(newest)));
  discard();
  location.assign(authorizationUrl);
}

/** What Stripe's redirect to this tab brought. @returns {Returned | null} */
export function returned() {
  const carried = new URLSearchParams(sessionStorage.getItem(RETURNED) ?? "");
  const { state, code, error, error_description: errorDescription } = Object.fromEntries(carried);
  return state ? { state, code, error, errorDescription } : null;
}

/** The id of the credential that Stripe's redirect is for; undefined if it began in another browser. @returns {string | undefined} */
export const returnedFor = () => attempts()[shortened(returned()?.state ?? "")];

/** Whether this tab holds Stripe's approval for a credential, so that only its creation is left. @param {string} id */
export const isApproved = (id) => returnedFor() === id && Boolean(returned()?.code);

export const forgetReturned = () => sessionStorage.removeItem(RETURNED);

/** The credential that stage 1 of this tab has begun. @returns {Begun | null} */
export const begun = () => JSON.parse(sessionStorage.getItem(BEGUN) ?? "null");

/** @param {Begun} it */
export const keepBegun = (it) => sessionStorage.setItem(BEGUN, JSON.stringify(it));

export const forgetBegun = () => sessionStorage.removeItem(BEGUN);
