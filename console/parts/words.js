/** The console's wording for the API's names. */

import { html } from "htm/preact";

/** @type {Record<string, string>} */
const DESTINATIONS = { STRIPE: "Stripe", STRIPE_TEST_MODE: "Stripe (Test Mode)" };
/** @type {Record<string, string>} */
const PROBLEMS = {
  KEY_REJECTED: "Stripe no longer recognizes the key.",
  KEY_EXPIRED: "The key was rolled at Stripe or has expired.",
  PERMISSION_LOST: "Stripe denies the key access to the account.",
  DEAUTHORIZED: "The account was disconnected at Stripe.",
  REFRESH_FAILED: "Stripe did not refresh the access token.",
  UNREADABLE: "The stored secret cannot be decrypted.",
};
/** @type {Record<string, string>} */
const HAPPENINGS = {
  INTEGRATION_CREATED: "was added",
  INTEGRATION_UPDATED: "was changed",
  INTEGRATION_STATUS_CHANGED: "changed its status",
  INTEGRATION_DELETED: "was deleted",
  CREDENTIAL_CREATED: "was added",
  CREDENTIAL_UPDATED: "was changed",
  CREDENTIAL_SECRET_REPLACED: "got another secret",
  CREDENTIAL_VERIFIED: "was verified with Stripe",
  CREDENTIAL_STATUS_CHANGED: "changed its status",
  CREDENTIAL_EXPIRING: "is about to expire",
  CREDENTIAL_EXPIRED: "expired and was removed",
  CREDENTIAL_DELETED: "was deleted",
  SECRET_REVEALED: "had its secret revealed",
  TOKEN_ISSUED: "was issued",
  TOKEN_REVOKED: "was revoked",
  TOKEN_EXPIRED: "expired",
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

/** The masked key of a credential. @param {import("../api/types.js").Credential} credential */
export const Key = ({ maskedSecret }) => (maskedSecret ? html`<code>${maskedSecret}</code>` : "OAuth");

/** The name and id of the Stripe account. @param {import("../api/types.js").Credential} credential */
export const Account = ({ account }) => (account ? html`${account.name} <code>${account.accountId}</code>` : "unknown");

/** @param {{ status: string }} properties */
export const Badge = ({ status }) => html`<span class=${`badge ${status.toLowerCase()}`}>${sentence(status)}</span>`;
