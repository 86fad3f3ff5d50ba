/** The page of a credential: its facts, actions, integrations and history. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { History } from "../activity.js";
import { CREDENTIAL_BY_ID, DELETE_CREDENTIAL, USED_BY, VERIFY_CREDENTIAL } from "../api/operations.js";
import { Confirm } from "../parts/dialog.js";
import { Copyable } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Facts, List } from "../parts/list.js";
import { Empty, One, Page } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useMutation, useQuery, useSession } from "../parts/session.js";
import { Due, Ending, Time } from "../parts/time.js";
import { Account, Badge, destinationName, keyFact } from "../parts/words.js";
import { Rename, ReplaceKey, Restore } from "./change.js";
import { FetchedBy } from "./consumers.js";
import { Status } from "./list.js";
import { Lacking, Permissions } from "./permissions.js";
import { ToTheList } from "./wizard.js";

/** @typedef {import("../api/types.js").Credential} Credential */

/** @param {{ id: string }} properties */
export function CredentialDetails({ id }) {
  const query = useQuery(CREDENTIAL_BY_ID, { id });
  const credential = query.data?.credential;
  return html`
    <${Page} title=${credential?.displayName ?? "Credential"} back="credentials" actions=${html`<${Actions} credential=${credential} />`}>
      <${One} query=${query} field="credential" gone=${html`<${Gone} id=${id} thing="credential"><${ToTheList} /><//>`}>
        ${(/** @type {Credential} */ row) => html`
          <${Lacking} of=${row.permissions} only=${destinationName(row.destination)} /><${Facts} of=${factsOf(row)} /><${UsedBy} id=${id} /><${FetchedBy} credential=${row} />`}
      <//>
      <h2>History</h2>
      <${History} variables=${{ filter: { subject: id } }} caption="Events of this credential, newest first" />
    <//>
  `;
}

/** @param {Credential} credential @returns {[string, any][]} */
const factsOf = (credential) => [
  ["Status", html`<${Status} credential=${credential} />`],
  ["System", destinationName(credential.destination)],
  keyFact(credential),
  ...accessOf(credential),
  ...previousOf(credential),
  ["Account", html`<${Account} credential=${credential} copyable />`],
  ...permissionsOf(credential),
  ["Last checked", html`<${Time} at=${credential.health.checkedAt} />`],
  ["Last confirmed", html`<${Time} at=${credential.health.succeededAt} />`],
  ["Next check", html`<${Due} at=${credential.health.nextCheckAt} />`],
  ["Added", html`<${Time} at=${credential.createdAt} />`],
  ["Id", html`<${Copyable} text=${credential.id} label="id" />`],
];

/** @param {Credential} credential @returns {[string, any][]} */
const accessOf = ({ accessExpiresAt: at, status }) =>
  at && status === "CONNECTED" ? [["Access token", html`<span><${Ending} at=${at} />; refreshed on need</span>`]] : [];

/** @param {Credential} credential @returns {[string, any][]} */
const previousOf = ({ previousSecretValidUntil: at, previousMaskedSecret: key }) =>
  at ? [["Previous key", html`<span><code>${key}</code> erased <${Time} at=${at} exact /></span>`]] : [];

/** @param {Credential} credential @returns {[string, any][]} */
const permissionsOf = ({ permissions }) => (permissions.length ? [["Permissions", html`<${Permissions} of=${permissions} />`]] : []);

/** @type {import("../parts/list.js").Column[]} */
const USERS = [
  { heading: "Name", cell: ({ id, name }) => html`<a class="row" dir="auto" href=${`#/integrations/${id}`}>${name}</a>`, width: "wide" },
  { heading: "Status", cell: ({ status }) => html`<${Badge} status=${status} />` },
];

/** @param {{ id: string }} properties */
const UsedBy = ({ id }) => html`
  <h2>Used by</h2>
  <${List} query=${USED_BY} connection=${users} variables=${{ id }} caption="Integrations that use this credential" columns=${USERS}
    empty=${html`<${Empty}><p>No integration uses this credential.</p><//>`} prefix="users-" />
`;

/** @param {any} data */
const users = (data) => data.credential?.integrations ?? { nodes: [], pageInfo: {} };

/** @type {Record<string, (properties: { credential: Credential, onClose: () => void }) => any>} */
const DIALOGS = { Rename, "Replace key": ReplaceKey, "Restore previous key": Restore, Delete };

/** @param {{ credential?: Credential }} properties */
function Actions({ credential }) {
  const { may } = useSession();
  const [open, setOpen] = useState(/** @type {{ dialog: string, of: Credential } | undefined} */ (undefined));
  const { send, busy, error } = useMutation(VERIFY_CREDENTIAL);
  const { id, method, status, previousSecretValidUntil, integrations } = credential ?? {};
  const opener = (/** @type {string} */ dialog, kind = "") =>
    credential && html`<button class=${`outline ${kind}`} onClick=${() => setOpen({ dialog, of: credential })}>${dialog}</button>`;
  return html`
    ${credential &&
    may("CONFIGURE") &&
    html`
      ${method === "OAUTH" &&
      html`<a role="button" class="outline" href=${`#/credentials/${id}/connect`}>${status === "INCOMPLETE" ? "Continue" : "Reconnect"}</a>`}
      ${status !== "INCOMPLETE" && html`<button class="outline" aria-busy=${busy} onClick=${() => send({ id })}>Verify</button>`}
      ${opener("Rename")} ${method === "SECRET_KEY" && opener("Replace key")}
      ${previousSecretValidUntil && opener("Restore previous key")}
      ${integrations?.totalCount ? html`<small>In use, so it cannot be deleted.</small>` : opener("Delete", "danger")}
      ${error && html`<p role="alert" class="problem">${error.message}</p>`}
    `}
    ${open && html`<${DIALOGS[open.dialog]} credential=${credential ?? open.of} onClose=${() => setOpen(undefined)} />`}
  `;
}

/** @param {{ credential: Credential, onClose: () => void }} properties */
function Delete({ credential: { id, name, method, status, version }, onClose }) {
  const atStripe = method === "OAUTH" && ", and access ends at Stripe unless another credential needs it";
  return html`
    <${Confirm} title=${`Are you sure you want to delete “${name}”?`} action="Delete credential" mutation=${DELETE_CREDENTIAL}
      input=${{ id, expectedVersion: version }} onDone=${() => goTo("credentials")} onClose=${onClose}>
      <p>${status === "INCOMPLETE" ? "Connecting it is given up" : html`Its secret is deleted too${atStripe}`}. This cannot be undone.</p>
    <//>
  `;
}
