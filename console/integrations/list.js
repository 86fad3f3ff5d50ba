/** The "External Integrations" page: all integrations, with their status and switch. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { INTEGRATIONS, SET_INTEGRATION_ACTIVE } from "../api/operations.js";
import { SelectField, TextField } from "../parts/fields.js";
import { List } from "../parts/list.js";
import { Empty, Page } from "../parts/page.js";
import { useMutation, useSession } from "../parts/session.js";
import { Badge, Key, destinationName, sentence } from "../parts/words.js";

/** @typedef {import("../api/types.js").Integration} Integration */

/** @type {import("../parts/list.js").Column[]} */
const COLUMNS = [
  ["Name", (/** @type {Integration} */ { id, name }) => html`<a href=${`#/integrations/${id}`}>${name}</a>`],
  ["System", (/** @type {Integration} */ { provider }) => sentence(provider)],
  ["Destination", (/** @type {Integration} */ { credential }) => destinationName(credential.destination)],
  ["Status", (/** @type {Integration} */ { status }) => html`<${Badge} status=${status} />`],
  ["Key", (/** @type {Integration} */ { credential }) => Key(credential)],
  ["Active", (/** @type {Integration} */ integration) => html`<${Switch} integration=${integration} />`],
];
const STATUSES = [["", "Any status"], ...["ACTIVE", "INACTIVE", "NEEDS_ATTENTION"].map((status) => [status, sentence(status)])];
const DESTINATIONS = [["", "Any destination"], ...["STRIPE", "STRIPE_TEST_MODE"].map((name) => [name, destinationName(name)])];

export function Integrations() {
  const { may } = useSession();
  const [filter, setFilter] = useState({});
  /** @param {string} name */
  const set = (name) => (/** @type {any} */ event) => setFilter({ ...filter, [name]: event.target.value || undefined });
  const filtered = Object.values(filter).some(Boolean);
  const add = may("CONFIGURE") && html`<a role="button" href="#/integrations/new">Add Integration</a>`;
  return html`
    <${Page} title="External Integrations" actions=${add}>
      <div class="filters" role="search">
        <${TextField} label="Search" type="search" placeholder="Name" onInput=${set("nameContains")} />
        <${SelectField} label="Status" options=${STATUSES} onChange=${set("status")} />
        <${SelectField} label="Destination" options=${DESTINATIONS} onChange=${set("destination")} />
      </div>
      <${List} query=${INTEGRATIONS} field="integrations" filter=${filter} caption="Integrations, newest first" columns=${COLUMNS}
        empty=${html`<${Nothing} filtered=${filtered} add=${add} />`} />
    <//>
  `;
}

/** @param {{ filtered: boolean, add: any }} properties */
const Nothing = ({ filtered, add }) =>
  filtered
    ? html`<${Empty}><p>No integrations match. Try another search or filter.</p><//>`
    : html`<${Empty}><p>There are no integrations yet. Add one with a secret key or a connected credential.</p>${add}<//>`;

/** @param {{ integration: Integration }} properties */
export function Switch({ integration: { id, name, active } }) {
  const { may } = useSession();
  const { send, busy } = useMutation(SET_INTEGRATION_ACTIVE, { tellErrors: true });
  const change = (/** @type {any} */ event) => {
    const wanted = event.target.checked;
    event.target.checked = active; // until the server confirms the change
    send({ id, active: wanted });
  };
  return html`
    <input type="checkbox" role="switch" aria-label=${`${name} is active`} checked=${active} onChange=${change}
      aria-busy=${busy} disabled=${!may("CONFIGURE")} />
  `;
}
