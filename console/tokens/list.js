/** The "Tokens" page: all API tokens. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { REVOKE_TOKEN, TOKENS } from "../api/operations.js";
import { Confirm } from "../parts/dialog.js";
import { List } from "../parts/list.js";
import { Empty, Page } from "../parts/page.js";
import { Time } from "../parts/time.js";
import { sentence } from "../parts/words.js";
import { Issue } from "./issue.js";

/** @typedef {import("../api/types.js").ApiToken} ApiToken */

/** @type {import("../parts/list.js").Column[]} */
const COLUMNS = [
  ["Name", (/** @type {ApiToken} */ { name }) => name],
  ["Token", (/** @type {ApiToken} */ { maskedToken }) => html`<code>${maskedToken}</code>`],
  ["Scopes", (/** @type {ApiToken} */ { scopes }) => scopes.map(sentence).join(", ")],
  ["Last used", (/** @type {ApiToken} */ { lastUsedAt }) => html`<${Time} at=${lastUsedAt} />`],
  ["Expires", (/** @type {ApiToken} */ { expiresAt }) => html`<${Time} at=${expiresAt} />`],
  ["", (/** @type {ApiToken} */ token) => html`<${Revoke} token=${token} />`],
];

export function Tokens() {
  const [issuing, setIssuing] = useState(false);
  const issue = html`<button onClick=${() => setIssuing(true)}>Issue token</button>`;
  return html`
    <${Page} title="Tokens" actions=${issue}>
      <p>Each token identifies a program or a person in the activity. Tokens have access to this organization only.</p>
      <${List} query=${TOKENS} field="tokens" caption="API tokens, newest first" columns=${COLUMNS}
        empty=${html`<${Empty}><p>There are no tokens yet.</p><//>`} />
      ${issuing && html`<${Issue} onClose=${() => setIssuing(false)} />`}
    <//>
  `;
}

/** @param {{ token: ApiToken }} properties */
function Revoke({ token: { id, name, expiresAt, revokedAt } }) {
  const [asking, setAsking] = useState(false);
  if (revokedAt) return html`<span>revoked <${Time} at=${revokedAt} /></span>`;
  if (expiresAt && new Date(expiresAt) <= new Date()) return html`<span>expired</span>`;
  return html`
    <button class="danger outline" onClick=${() => setAsking(true)}>Revoke<span class="unseen"> ${name}</span></button>
    ${asking &&
    html`
      <${Confirm} title=${`Revoke “${name}”?`} action="Revoke token" mutation=${REVOKE_TOKEN} input=${{ id }} onClose=${() => setAsking(false)}>
        <p>Its users are signed out within seconds. This cannot be undone.</p>
      <//>
    `}
  `;
}
