/** The "Stripe Integrations" page: all credentials, complete and incomplete. */

import { html } from "htm/preact";
import { CREDENTIALS } from "../api/operations.js";
import { Filter, Filters, List, Search } from "../parts/list.js";
import { Empty, Page } from "../parts/page.js";
import { useSession } from "../parts/session.js";
import { Countdown, Time } from "../parts/time.js";
import { Account, Badge, DESTINATION_CHOICES, Failing, Key, Mode, choices, filterOf, problemText, sentence } from "../parts/words.js";
import { isApproved } from "./attempts.js";
import { Lacks } from "./permissions.js";

/** @typedef {import("../api/types.js").Credential} Credential */

/** @type {import("../parts/list.js").Column[]} */
const COLUMNS = [
  { heading: "Name", cell: Name, sort: "NAME", width: "wide" },
  { heading: "Account", cell: (credential) => html`<${Account} credential=${credential} />`, width: "wide" },
  { heading: "Status", cell: (credential) => html`<${Status} credential=${credential} /><${Lacks} of=${credential.permissions} />`, sort: "STATUS", width: "wide" },
  { heading: "Key", cell: Key, width: "middle" },
  { heading: "Last checked", cell: ({ health }) => html`<${Time} at=${health.checkedAt} />` },
];
const STATUSES = choices("Any status", ["INCOMPLETE", "CONNECTED", "DISCONNECTED"], sentence);

export function Credentials() {
  const { may, parameters } = useSession();
  const filter = filterOf(parameters);
  const add = may("CONFIGURE") && html`<a role="button" href="#/credentials/new">Configure new credentials</a>`;
  return html`
    <${Page} title="Stripe Integrations" back="systems">
      <section class="panel" aria-label="Credentials">
        <header class="heading"><h2>Credentials</h2><div class="actions">${add}</div></header>
        <${Filters}>
          <${Search} label="Search" placeholder="Name, end of the key, account or id" />
          <${Filter} label="Status" name="status" options=${STATUSES} />
          <${Filter} label="Destination" name="destination" options=${DESTINATION_CHOICES} />
        <//>
        <${List} query=${CREDENTIALS} connection=${connection} variables=${{ filter }} caption="Credentials, newest first"
          columns=${COLUMNS} empty=${html`<${Nothing} filtered=${Object.keys(filter).length > 0} />`} />
      </section>
    <//>
  `;
}

/** @param {any} data */
const connection = (data) => data.credentials;

/** @param {{ filtered: boolean }} properties */
const Nothing = ({ filtered }) => html`
  <${Empty}>
    <p>${filtered ? "No credentials match. Try another search or filter." : "There are no credentials yet. Connect a Stripe account to create one."}</p>
  <//>
`;

/** @param {Credential} credential */
function Name(credential) {
  return html`<a class="row" dir="auto" href=${`#/credentials/${credential.id}`}>${credential.displayName}</a> <${Mode} credential=${credential} />`;
}

/** @param {{ credential: Credential }} properties */
export function Status({ credential }) {
  const { id, status, problem, expiresAt } = credential;
  const { may } = useSession();
  return html`
    <${Badge} status=${status} /> <small>${problemText(problem)}</small>
    <${Failing} credential=${credential} />
    ${expiresAt && html`<${Countdown} until=${expiresAt} />`}
    ${expiresAt &&
    may("CONFIGURE") &&
    html` <a class="above" href=${`#/credentials/${id}/connect`}>Continue${isApproved(id) && html`<span class="unseen"> to create it</span>`}</a>`}
  `;
}
