/** What the API's names are called here. */

import { html } from "htm/preact";

/** @type {Record<string, string>} */
const DESTINATIONS = { STRIPE: "Stripe", STRIPE_TEST_MODE: "Stripe (Test Mode)" };
/** @type {Record<string, string>} */
const PROBLEMS = {
  KEY_REJECTED: "Stripe does not know the key any more.",
  KEY_EXPIRED: "The key has expired at Stripe, or was rolled there.",
  PERMISSION_LOST: "Stripe refuses the key access to the account, or does not take it from this server's IP address.",
  DEAUTHORIZED: "The account was disconnected at Stripe.",
  REFRESH_FAILED: "Stripe did not renew the access.",
  UNREADABLE: "The stored secret cannot be opened.",
};
/** @type {Record<string, string>} */
const HAPPENINGS = {
  INTEGRATION_CREATED: "was added",
  INTEGRATION_UPDATED: "was changed",
  INTEGRATION_STATUS_CHANGED: "changed its status",
  INTEGRATION_DELETED: "was deleted",
  CREDENTIAL_CREATED: "was added",
  CREDENTIAL_UPDATED: "was changed",
  CREDENTIAL_VERIFIED: "was verified with Stripe",
  CREDENTIAL_STATUS_CHANGED: "changed its status",
  CREDENTIAL_EXPIRING: "is about to expire",
  CREDENTIAL_EXPIRED: "expired, and was removed",
  CREDENTIAL_DELETED: "was deleted",
  SECRET_REVEALED: "had its secret revealed",
  TOKEN_ISSUED: "was issued",
  TOKEN_REVOKED: "was revoked",
};

/** NEEDS_ATTENTION as "Needs attention". @param {string} name */
export const sentence = (name) => name.charAt(0) + name.slice(1).toLowerCase().replaceAll("_", " ");

/** @param {string} destination */
export const destinationName = (destination) => DESTINATIONS[destination] ?? sentence(destination);

/** @param {string | null} problem */
export const problemText = (problem) => problem && (PROBLEMS[problem] ?? sentence(problem));

/** An event in words. @param {import("../api/types.js").LogEvent} event */
export function happening({ kind, name, reason, integrationStatus, credentialStatus }) {
  const status = /STATUS_CHANGED|VERIFIED/.test(kind) && (integrationStatus ?? credentialStatus);
  const more = reason ?? (status && sentence(status));
  return `“${name}” ${HAPPENINGS[kind] ?? sentence(kind)}${more ? `: ${more}` : ""}`;
}

export const KINDS = Object.keys(HAPPENINGS);

/** What a credential authenticates with, without showing it. @param {import("../api/types.js").Credential} credential */
export const Key = ({ maskedSecret }) => (maskedSecret ? html`<code>${maskedSecret}</code>` : "OAuth");

/** Whose account it is at Stripe. @param {import("../api/types.js").Credential} credential */
export const Account = ({ account }) => (account ? html`${account.name} <code>${account.id}</code>` : "not known");

/** @param {{ status: string }} properties */
export const Badge = ({ status }) => html`<span class=${`badge ${status.toLowerCase()}`}>${sentence(status)}</span>`;
