/** The "External Integration" page: all integrations, with their status and switch. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { INTEGRATIONS, SET_INTEGRATION_ACTIVE } from "../api/operations.js";
import { Lacks } from "../credentials/permissions.js";
import { Filter, Filters, List, Search } from "../parts/list.js";
import { Empty, Page } from "../parts/page.js";
import { useMutation, useSession } from "../parts/session.js";
import { Time } from "../parts/time.js";
import { Account, Badge, DESTINATION_CHOICES, Failing, Key, Mode, choices, filterOf, problemText, sentence } from "../parts/words.js";

/** @typedef {import("../api/types.js").Integration} Integration */

// Clicks of a switch that are closer together count as one.
const CLICKS_MILLISECONDS = 250;

/** @type {import("../parts/list.js").Column[]} */
const COLUMNS = [
  { heading: "Name", cell: Name, sort: "NAME", width: "wide" },
  { heading: "Account", cell: ({ credential }) => html`<${Account} credential=${credential} />`, width: "wide" },
  { heading: "Status", cell: (row) => html`<${Status} ...${row} /><${Lacks} of=${row.credential.permissions} />`, sort: "STATUS", width: "middle" },
  { heading: "Key", cell: ({ credential }) => Key(credential), width: "middle" },
  { heading: "Last checked", cell: ({ credential }) => html`<${Time} at=${credential.health.checkedAt} />` },
  { heading: "Active", cell: (integration) => html`<${Switch} integration=${integration} />`, width: "narrow" },
];
const STATUSES = choices("Any status", ["ACTIVE", "INACTIVE", "NEEDS_ATTENTION"], sentence);

export function Integrations() {
  const { may, parameters } = useSession();
  const filter = filterOf(parameters);
  const filtered = Object.keys(filter).length > 0;
  const add = may("CONFIGURE") && html`<a role="button" href="#/integrations/new">Add Integration</a>`;
  return html`
    <${Page} title="External Integration" actions=${add}>
      <${Filters}>
        <${Search} label="Search" placeholder="Name, end of the key, account or id" />
        <${Filter} label="Status" name="status" options=${STATUSES} />
        <${Filter} label="Destination" name="destination" options=${DESTINATION_CHOICES} />
      <//>
      <${List} query=${INTEGRATIONS} connection=${connection} variables=${{ filter }} caption="Integrations, newest first"
        columns=${COLUMNS} empty=${html`<${Nothing} filtered=${filtered} add=${add} />`} />
    <//>
  `;
}

/** @param {any} data */
const connection = (data) => data.integrations;

/** @param {{ filtered: boolean, add: any }} properties */
const Nothing = ({ filtered, add }) =>
  filtered
    ? html`<${Empty}><p>No integrations match. Try another search or filter.</p><//>`
    : html`<${Empty}><p>There are no integrations yet. Add one with a secret key or a connected credential.</p>${add}<//>`;

/** @param {Integration} integration */
function Name({ id, name, credential }) {
  return html`<a class="row" dir="auto" href=${`#/integrations/${id}`}>${name}</a> <${Mode} credential=${credential} />`;
}

/** @param {Integration} integration */
export function Status({ status, credential }) {
  return html`
    <${Badge} status=${status} /> ${status === "NEEDS_ATTENTION" && html`<small>${problemText(credential.problem)}</small>`}
    <${Failing} credential=${credential} />
  `;
}

/**
 * Switches an integration on and off. Of quick clicks, only the last one counts.
 * @param {{ integration: Pick<Integration, "id" | "name" | "active"> }} properties
 */
export function Switch({ integration: { id, name, active } }) {
  const { may } = useSession();
  const { send, busy, error } = useMutation(SET_INTEGRATION_ACTIVE);
  const [wanted, setWanted] = useState(active);
  useEffect(() => setWanted(active), [active, error]);
  useEffect(() => {
    if (wanted === active) return;
    const timer = setTimeout(() => send({ id, active: wanted }, { told: ({ message }) => ({ text: message, about: id }) }), CLICKS_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [wanted]);
  return html`
    <input type="checkbox" role="switch" aria-label=${`${name} is active`} checked=${wanted}
      onChange=${(/** @type {any} */ event) => setWanted(event.target.checked)} aria-busy=${busy} disabled=${busy || !may("CONFIGURE")} />
    ${error && html`<small role="alert" class="error">${error.message}</small>`}
  `;
}
