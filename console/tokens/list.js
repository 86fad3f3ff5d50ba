/** The "Tokens" page: all API tokens. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { REVOKE_TOKEN, TOKENS } from "../api/operations.js";
import { Confirm } from "../parts/dialog.js";
import { List } from "../parts/list.js";
import { Empty, Page } from "../parts/page.js";
import { useSession } from "../parts/session.js";
import { Time } from "../parts/time.js";
import { sentence } from "../parts/words.js";
import { Issue } from "./issue.js";

/** @typedef {import("../api/types.js").ApiToken} ApiToken */

/** @type {import("../parts/list.js").Column[]} */
const COLUMNS = [
  { heading: "Name", cell: Name, width: "wide" },
  { heading: "Token", cell: ({ maskedToken }) => html`<code>${maskedToken}</code>` },
  { heading: "Scopes", cell: (/** @type {ApiToken} */ { scopes }) => scopes.map(sentence).join(", "), width: "wide" },
  { heading: "Last used", cell: ({ lastUsedAt }) => html`<${Time} at=${lastUsedAt} />` },
  { heading: "Expires", cell: ({ expiresAt }) => html`<${Time} at=${expiresAt} />` },
  { heading: "Actions", cell: (token) => html`<${Revoke} token=${token} />`, hidden: true },
];

/** @param {ApiToken} token */
function Name({ id, name }) {
  const { viewer } = useSession();
  return html`<bdi>${name}</bdi> ${id === viewer.token?.id && html`<span class="badge">this is yours</span>`}`;
}

export function Tokens() {
  const [issuing, setIssuing] = useState(false);
  const issue = html`<button onClick=${() => setIssuing(true)}>Issue token</button>`;
  return html`
    <${Page} title="Tokens" actions=${issue}>
      <p>Each token identifies a program or a person in the activity. Tokens have access to this organization only.</p>
      <${List} query=${TOKENS} connection=${connection} caption="API tokens, newest first" columns=${COLUMNS}
        empty=${html`<${Empty}><p>There are no tokens yet.</p><//>`} />
      ${issuing && html`<${Issue} onClose=${() => setIssuing(false)} />`}
    <//>
  `;
}

/** @param {any} data */
const connection = (data) => data.tokens;

/** @param {{ token: ApiToken }} properties */
function Revoke({ token: { id, name, status, revokedAt, expiresAt } }) {
  const { viewer } = useSession();
  const [asking, setAsking] = useState(false);
  if (status === "REVOKED") return html`<span>revoked <${Time} at=${revokedAt} /></span>`;
  if (status === "EXPIRED") return html`<span>expired <${Time} at=${expiresAt} /></span>`;
  const own = id === viewer.token?.id;
  return html`
    <button class="danger outline" onClick=${() => setAsking(true)}>Revoke<span class="unseen"> ${name}</span></button>
    ${asking &&
    html`
      <${Confirm} title=${`Revoke “${name}”?`} action="Revoke token" mutation=${REVOKE_TOKEN} input=${{ id }} onClose=${() => setAsking(false)}>
        ${own
          ? html`<p><strong>You are signed in with this token.</strong> You are signed out at once, and need another token to sign in again. This cannot be undone.</p>`
          : html`<p>Its users are signed out within seconds. This cannot be undone.</p>`}
      <//>
    `}
  `;
}
