/** Chooses one of any number of connected credentials, by searching. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { CONNECTED_CREDENTIALS } from "../api/operations.js";
import { useSettled } from "../parts/fields.js";
import { Failure } from "../parts/page.js";
import { useQuery } from "../parts/session.js";
import { destinationName, endingOf, masked } from "../parts/words.js";

/** @typedef {{ id: string, name: string, destination: string, account: { accountId: string, name: string | null } | null }} Choice */

/** @param {{ error?: string, chosen?: string }} properties */
export function CredentialPicker({ error, chosen }) {
  const [search, setSearch] = useState("");
  const { data, failure, retry } = useQuery(CONNECTED_CREDENTIALS, { search: endingOf(masked(useSettled(search.trim()))) || null });
  const { nodes = [], totalCount = 0 } = data?.credentials ?? {};
  return html`
    <fieldset class="field">
      <legend>Credential</legend>
      <input type="search" aria-label="Search credentials" placeholder="Search by name or end of the key" onInput=${(/** @type {any} */ event) => setSearch(event.target.value)} />
      ${failure && html`<${Failure} failure=${failure} onRetry=${retry} />`}
      ${nodes.map((/** @type {Choice} */ choice) => html`<${Option} key=${choice.id} choice=${choice} chosen=${choice.id === chosen} />`)}
      <small role="status">${hintOf(totalCount, nodes.length, search)}</small>
      ${error && html`<small role="alert" class="error">${error}</small>`}
    </fieldset>
  `;
}

/** @param {{ choice: Choice, chosen: boolean }} properties */
const Option = ({ choice: { id, name, destination, account }, chosen }) => html`
  <label>
    <input type="radio" name="credentialId" value=${id} defaultChecked=${chosen} />
    <bdi>${name}</bdi> <small>${destinationName(destination)}${account && ` · ${account.name ?? account.accountId}`}</small>
  </label>
`;

/** @param {number} total @param {number} shown @param {string} search */
function hintOf(total, shown, search) {
  if (total > shown) return `${shown} of ${total} credentials. Search for the others.`;
  if (shown) return "";
  return search ? "No connected credential matches." : "There are no connected credentials. Configure one under Integrations.";
}
