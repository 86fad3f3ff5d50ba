/** The "Stripe Integrations" page: all credentials, complete and incomplete. */

import { html } from "htm/preact";
import { CREDENTIALS } from "../api/operations.js";
import { List } from "../parts/list.js";
import { Empty, Page } from "../parts/page.js";
import { useSession } from "../parts/session.js";
import { Countdown, Time } from "../parts/time.js";
import { Badge, Key, destinationName, problemText } from "../parts/words.js";

/** @typedef {import("../api/types.js").Credential} Credential */

/** @type {import("../parts/list.js").Column[]} */
const COLUMNS = [
  ["Name", (/** @type {Credential} */ { id, displayName }) => html`<a href=${`#/credentials/${id}`}>${displayName}</a>`],
  ["System", (/** @type {Credential} */ { destination }) => destinationName(destination)],
  ["Status", (/** @type {Credential} */ credential) => html`<${Status} credential=${credential} />`],
  ["Key", Key],
  ["Verified", (/** @type {Credential} */ { verifiedAt }) => html`<${Time} at=${verifiedAt} />`],
];

export function Credentials() {
  const { may } = useSession();
  const add = may("CONFIGURE") && html`<a role="button" href="#/credentials/new">Configure new credentials</a>`;
  return html`
    <${Page} title="Stripe Integrations" actions=${add}>
      <section aria-label="Credentials">
        <h2>Credentials</h2>
        <${List} query=${CREDENTIALS} field="credentials" caption="Credentials, newest first" columns=${COLUMNS}
          empty=${html`<${Empty}><p>There are no credentials yet. Connect a Stripe account to create one.</p>${add}<//>`} />
      </section>
    <//>
  `;
}

/** @param {{ credential: Credential }} properties */
export function Status({ credential: { id, status, problem, expiresAt } }) {
  const { may } = useSession();
  return html`
    <${Badge} status=${status} /> ${problemText(problem)}
    ${expiresAt && html`<${Countdown} until=${expiresAt} />`}
    ${expiresAt && may("CONFIGURE") && html` <a href=${`#/credentials/${id}/connect`}>Continue</a>`}
  `;
}
