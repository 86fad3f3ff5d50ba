/** The console's wording for the API's names. */

import { html } from "htm/preact";
import { Copyable } from "./fields.js";
import { Moment } from "./time.js";

/** @typedef {import("../api/types.js").Credential} Credential */

/** @type {Record<string, string>} */
const DESTINATIONS = { STRIPE: "Stripe", STRIPE_TEST_MODE: "Stripe (Test Mode)" };
/** @type {Record<string, string>} */
const FLOWS = { STRIPE_APP: "Stripe App", CONNECT: "Stripe Connect" };
/** @type {Record<string, string>} */
const PROBLEMS = {
  KEY_REJECTED: "Stripe no longer recognizes the key.",
  KEY_EXPIRED: "The key was rolled at Stripe or has expired.",
  PERMISSION_LOST: "Stripe denies the key access to the account.",
  DEAUTHORIZED: "The account was disconnected at Stripe.",
  REFRESH_FAILED: "Stripe did not refresh the access token. Connect the account again.",
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
  CREDENTIAL_SECRET_REPLACED: "got another key",
  CREDENTIAL_VERIFIED: "was verified with Stripe",
  CREDENTIAL_STATUS_CHANGED: "changed its status",
  CREDENTIAL_EXPIRING: "is about to expire",
  CREDENTIAL_EXPIRED: "expired and was removed",
  CREDENTIAL_DELETED: "was deleted",
  SECRET_REVEALED: "had its secret revealed",
  TOKEN_ISSUED: "was issued",
  TOKEN_REVOKED: "was revoked",
  TOKEN_EXPIRED: "expired",
  WEBHOOK_ENDPOINT_CREATED: "was added",
  WEBHOOK_ENDPOINT_UPDATED: "was changed",
  WEBHOOK_ENDPOINT_ENABLED: "was switched on",
  WEBHOOK_ENDPOINT_DISABLED: "was switched off",
  WEBHOOK_ENDPOINT_DELETED: "was deleted",
  WEBHOOK_ENDPOINT_TESTED: "was tested",
};
/** @type {Record<string, string>} */
const THINGS = { INTEGRATION: "Integration", CREDENTIAL: "Credential", TOKEN: "Token", SECRET: "Integration", WEBHOOK: "Webhook endpoint" };

/** NEEDS_ATTENTION as "Needs attention". @param {string} name */
export const sentence = (name) => name.charAt(0) + name.slice(1).toLowerCase().replaceAll("_", " ");

/** @param {string} destination */
export const destinationName = (destination) => DESTINATIONS[destination] ?? sentence(destination);

/** @param {string | null} problem */
export const problemText = (problem) => problem && (PROBLEMS[problem] ?? sentence(problem));

/** The kind of thing that an event is about. @param {{ kind: string }} event */
export const thingOf = ({ kind }) => THINGS[kind.split("_")[0]] ?? sentence(kind);

/** An event in words. The name keeps its own direction within the sentence. @param {import("../api/types.js").LogEvent} event */
export function happening({ kind, name, reason, integrationStatus, credentialStatus }) {
  const status = /STATUS_CHANGED|VERIFIED/.test(kind) && (integrationStatus ?? credentialStatus);
  const more = reason ?? (status && sentence(status));
  return html`“<bdi>${name}</bdi>” ${HAPPENINGS[kind] ?? sentence(kind)}${more && html`: <bdi>${more}</bdi>`}`;
}

export const KINDS = Object.keys(HAPPENINGS);

/** The options of a filter: any value, or one. @param {string} any @param {string[]} values @param {(value: string) => string} name @returns {[string, string][]} */
export const choices = (any, values, name) => [["", any], ...values.map((value) => /** @type {[string, string]} */ ([value, name(value)]))];

export const DESTINATION_CHOICES = choices("Any destination", Object.keys(DESTINATIONS), destinationName);

/** The API's filter for the parameters of a list. @param {Record<string, string>} parameters */
export const filterOf = ({ search, status, destination }) => ({
  ...searched(search),
  ...(status && { status }),
  ...(destination && { destination }),
});

/** The filter for what a user has typed: an id, a Stripe account, a masked key, or a part of the name. @param {string} [text] */
function searched(text) {
  if (!text) return {};
  if (/^acct_\w+$/.test(text)) return { accountId: text };
  if (/^(integration|credential)_\w+$/.test(text)) return { ids: [text] };
  return { search: endingOf(text) };
}

/** The last four characters of a masked key; any other text as it is. @param {string} text */
export const endingOf = (text) => /^(?:[sr]k|rkcs)_\w*(?:…|\.{3}|[*•]+)([\w-]{4})$/.exec(text)?.[1] ?? text;

/** Masks a whole secret key as Stripe's dashboard does, so that it stays neither on the screen nor in the address. @param {string} text */
export const masked = (text) => text.replace(/\b((?:[sr]k|rkcs)_(?:live|test)_)[\w-]{4,}([\w-]{4})/g, "$1…$2");

/** How the account of a credential without a key was connected. @param {Credential} credential */
export const wayOf = ({ flow }) => FLOWS[flow ?? ""];

/** The masked key of a credential, or the way in which the account was connected. @param {Credential} credential */
export const Key = (credential) => (credential.maskedSecret ? html`<code>${credential.maskedSecret}</code>` : wayOf(credential));

/** The same as a fact. @param {Credential} credential @returns {[string, any]} */
export const keyFact = (credential) =>
  credential.maskedSecret
    ? ["Key", html`<${Copyable} text=${credential.maskedSecret} label="masked key" />`]
    : ["Connected by", wayOf(credential)];

/** Says that Stripe could not be asked for a while. @param {{ credential: Credential }} properties */
export const Failing = ({ credential: { health } }) =>
  health.failingSince && html`<small class="failing">Not confirmed by Stripe since <${Moment} at=${health.failingSince} />; the status stands.</small>`;

/** The name and id of the Stripe account. @param {{ credential: Credential, copyable?: boolean }} properties */
export function Account({ credential: { account }, copyable = false }) {
  if (!account) return html`<span>unknown</span>`;
  const id = copyable ? html`<${Copyable} text=${account.accountId} label="account id" />` : html`<code>${account.accountId}</code>`;
  return html`<bdi>${account.name}</bdi> ${id}`;
}

/** @param {{ status: string }} properties */
export const Badge = ({ status }) => html`<span class=${`badge ${status.toLowerCase()}`}>${sentence(status)}</span>`;

/** Marks test mode; live mode is the normal case, and has the name of the destination only. @param {{ credential: Credential }} properties */
export const Mode = ({ credential: { livemode } }) => html`<span class=${`mode ${livemode ? "live" : "test"}`}>${livemode ? "Live" : "Test"}</span>`;
