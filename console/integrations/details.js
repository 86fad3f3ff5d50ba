/** The page of an integration: its facts, actions and history. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { History } from "../activity.js";
import { DELETE_INTEGRATION, INTEGRATION_BY_ID } from "../api/operations.js";
import { Confirm } from "../parts/dialog.js";
import { Facts } from "../parts/list.js";
import { One, Page } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useQuery, useSession } from "../parts/session.js";
import { Time } from "../parts/time.js";
import { Account, Badge, Key, destinationName, problemText, sentence } from "../parts/words.js";
import { Switch } from "./list.js";

/** @typedef {import("../api/types.js").Integration} Integration */

/** @param {{ id: string }} properties */
export function IntegrationDetails({ id }) {
  const query = useQuery(INTEGRATION_BY_ID, { id });
  const integration = query.data?.integration;
  return html`
    <${Page} title=${integration?.name ?? "Integration"} back="integrations" actions=${html`<${Actions} integration=${integration} />`}>
      <${One} query=${query} field="integration">
        ${(/** @type {Integration} */ row) => html`<${Facts} of=${factsOf(row)} />`}
      <//>
      <h2>History</h2>
      <${History} filter=${{ subject: id }} caption="Events of this integration, newest first" />
    <//>
  `;
}

/** @param {Integration} integration @returns {[string, any][]} */
const factsOf = (integration) => {
  const { credential } = integration;
  return [
    ["Status", html`<${Badge} status=${integration.status} /> ${problemText(credential.problem)}`],
    ["Active", html`<${Switch} integration=${integration} />`],
    ["System", sentence(integration.provider)],
    ["Destination", destinationName(credential.destination)],
    ["Credential", html`<a href=${`#/credentials/${credential.id}`}>${credential.displayName}</a>`],
    ["Key", Key(credential)],
    ["Account", Account(credential)],
    ["Added", html`<${Time} at=${integration.createdAt} />`],
    ["Changed", html`<${Time} at=${integration.updatedAt} />`],
  ];
};

/** @param {{ integration?: Integration }} properties */
function Actions({ integration }) {
  const { may } = useSession();
  const [asked, setAsked] = useState(/** @type {Integration | undefined} */ (undefined));
  const { id, name, version } = integration ?? asked ?? {}; // during the deletion, the page loses its integration
  return html`
    ${integration &&
    may("CONFIGURE") &&
    html`
      <a role="button" class="outline" href=${`#/integrations/${id}/edit`}>Edit</a>
      <button class="danger outline" onClick=${() => setAsked(integration)}>Delete</button>
    `}
    ${asked &&
    html`
      <${Confirm} title=${`Delete “${name}”?`} action="Delete integration" mutation=${DELETE_INTEGRATION}
        input=${{ id, expectedVersion: version }} onDone=${() => goTo("integrations")} onClose=${() => setAsked(undefined)}>
        <p>Its secret key is deleted too, unless another integration uses the same credential. This cannot be undone.</p>
      <//>
    `}
  `;
}
