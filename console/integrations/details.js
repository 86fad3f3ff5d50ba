/** The page of an integration: its facts, actions and history. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { History } from "../activity.js";
import { DELETE_INTEGRATION, INTEGRATION_BY_ID, VERIFY_CREDENTIAL } from "../api/operations.js";
import { Lacking } from "../credentials/permissions.js";
import { Confirm } from "../parts/dialog.js";
import { Copyable } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Facts } from "../parts/list.js";
import { One, Page } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useMutation, useQuery, useSession } from "../parts/session.js";
import { Time } from "../parts/time.js";
import { Account, destinationName, keyFact, problemText, sentence } from "../parts/words.js";
import { Status, Switch } from "./list.js";

/** @typedef {import("../api/types.js").Integration} Integration */

/** @param {{ id: string }} properties */
export function IntegrationDetails({ id }) {
  const query = useQuery(INTEGRATION_BY_ID, { id });
  const integration = query.data?.integration;
  return html`
    <${Page} title=${integration?.name ?? "Integration"} back="integrations" actions=${html`<${Actions} integration=${integration} />`}>
      <${One} query=${query} field="integration" gone=${html`<${Nothing} id=${id} />`}>
        ${(/** @type {Integration} */ row) => html`
          ${row.status === "NEEDS_ATTENTION" && html`<${Attention} integration=${row} />`}
          <${Lacking} of=${row.credential.permissions} only=${destinationName(row.credential.destination)}
            verify=${html`verify its <a href=${`#/credentials/${row.credential.id}`}>credential</a>`} />
          <${Facts} of=${factsOf(row)} />
        `}
      <//>
      <h2>History</h2>
      <${History} variables=${{ filter: { subject: id } }} caption="Events of this integration, newest first" />
    <//>
  `;
}

/** @param {{ id: string }} properties */
export const Nothing = ({ id }) => html`
  <${Gone} id=${id} thing="integration"><a role="button" href="#/integrations">All integrations</a><//>
`;

/** What is wrong with the credential, and the ways to mend it. @param {{ integration: Integration }} properties */
function Attention({ integration: { id, credential } }) {
  const { may } = useSession();
  const { send, busy, error } = useMutation(VERIFY_CREDENTIAL);
  const mend =
    credential.method === "OAUTH"
      ? html`<a role="button" href=${`#/credentials/${credential.id}/connect`}>Reconnect</a>`
      : html`<a role="button" href=${`#/integrations/${id}/edit`}>Replace key</a>`;
  return html`
    <div class="problem">
      <p>${problemText(credential.problem)}</p>
      ${error && html`<p role="alert">${error.message}</p>`}
      ${may("CONFIGURE") && html`<div class="buttons">${mend}<button class="outline" aria-busy=${busy} onClick=${() => send({ id: credential.id })}>Verify again</button></div>`}
    </div>
  `;
}

/** @param {Integration} integration @returns {[string, any][]} */
const factsOf = (integration) => {
  const { credential } = integration;
  return [
    ["Status", html`<${Status} ...${integration} />`],
    ["Active", html`<${Switch} integration=${integration} />`],
    ["System", sentence(integration.provider)],
    ["Destination", destinationName(credential.destination)],
    ["Credential", html`<a dir="auto" href=${`#/credentials/${credential.id}`}>${credential.displayName}</a>`],
    keyFact(credential),
    ["Account", html`<${Account} credential=${credential} copyable />`],
    ["Last checked", html`<${Time} at=${credential.health.checkedAt} />`],
    ["Added", html`<${Time} at=${integration.createdAt} />`],
    ["Changed", html`<${Time} at=${integration.updatedAt} />`],
    ["Id", html`<${Copyable} text=${integration.id} label="id" />`],
  ];
};

/** @param {{ integration?: Integration }} properties */
function Actions({ integration }) {
  const { may } = useSession();
  const [asked, setAsked] = useState(/** @type {Integration | undefined} */ (undefined));
  const { id, name, version, credential } = integration ?? asked ?? {}; // during the deletion, the page loses its integration
  return html`
    ${integration &&
    may("CONFIGURE") &&
    html`
      <a role="button" class="outline" href=${`#/integrations/${id}/edit`}>Edit</a>
      <button class="danger outline" onClick=${() => setAsked(integration)}>Delete</button>
    `}
    ${asked &&
    html`
      <${Confirm} title=${`Are you sure you want to delete “${name}”?`} action="Delete integration" mutation=${DELETE_INTEGRATION}
        input=${{ id, expectedVersion: version }} onDone=${() => goTo("integrations")} onClose=${() => setAsked(undefined)}>
        <p dir="auto">${fateOf(credential)} This cannot be undone.</p>
      <//>
    `}
  `;
}

/** What becomes of the credential of a deleted integration. @param {import("../api/types.js").Credential | undefined} credential */
function fateOf(credential) {
  const others = (credential?.integrations?.totalCount ?? 1) - 1;
  if (others > 0) return `Its credential “${credential?.name}” stays, because ${others === 1 ? "another integration uses" : `${others} other integrations use`} it.`;
  return credential?.method === "OAUTH" ? "Its credential stays." : "Its secret key is deleted, too.";
}
