/** The page of a credential: its facts, actions and history. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { History } from "../activity.js";
import { CREDENTIAL_BY_ID, DELETE_CREDENTIAL, VERIFY_CREDENTIAL } from "../api/operations.js";
import { Confirm } from "../parts/dialog.js";
import { Facts } from "../parts/list.js";
import { One, Page } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useMutation, useQuery, useSession } from "../parts/session.js";
import { Time } from "../parts/time.js";
import { Account, Key, destinationName } from "../parts/words.js";
import { Rename, ReplaceKey } from "./change.js";
import { Status } from "./list.js";

/** @typedef {import("../api/types.js").Credential} Credential */

/** @param {{ id: string }} properties */
export function CredentialDetails({ id }) {
  const query = useQuery(CREDENTIAL_BY_ID, { id });
  const credential = query.data?.credential;
  return html`
    <${Page} title=${credential?.displayName ?? "Credential"} back="credentials" actions=${html`<${Actions} credential=${credential} />`}>
      <${One} query=${query} field="credential">
        ${(/** @type {Credential} */ row) => html`<${Facts} of=${factsOf(row)} />`}
      <//>
      <h2>History</h2>
      <${History} filter=${{ subject: id }} caption="Events of this credential, newest first" />
    <//>
  `;
}

/** @param {Credential} credential @returns {[string, any][]} */
const factsOf = (credential) => [
  ["Status", html`<${Status} credential=${credential} />`],
  ["System", destinationName(credential.destination)],
  ["Key", Key(credential)],
  ["Account", Account(credential)],
  ["Used by", usersOf(credential)],
  ["Verified", html`<${Time} at=${credential.verifiedAt} />`],
  ["Added", html`<${Time} at=${credential.createdAt} />`],
];

/** @param {Credential} credential */
const usersOf = ({ integrations: { nodes, totalCount } = { nodes: [], totalCount: 0 } }) =>
  totalCount ? [...nodes.map(linkTo), totalCount > nodes.length && ` and ${totalCount - nodes.length} more`] : "no integrations";

/** @param {{ id: string, name: string }} integration */
const linkTo = ({ id, name }) => html`<a href=${`#/integrations/${id}`}>${name}</a>`;

/** @type {Record<string, (properties: { credential: Credential, onClose: () => void }) => any>} */
const DIALOGS = { Rename, "Replace key": ReplaceKey, Delete };

/** @param {{ credential?: Credential }} properties */
function Actions({ credential }) {
  const { may } = useSession();
  const [open, setOpen] = useState(/** @type {{ dialog: string, of: Credential } | undefined} */ (undefined));
  const { send, busy } = useMutation(VERIFY_CREDENTIAL, { tellErrors: true });
  const { id, method, status, integrations } = credential ?? {};
  const opener = (/** @type {string} */ dialog, kind = "") =>
    credential && html`<button class=${`outline ${kind}`} onClick=${() => setOpen({ dialog, of: credential })}>${dialog}</button>`;
  return html`
    ${credential &&
    may("CONFIGURE") &&
    html`
      ${method === "OAUTH" &&
      html`<a role="button" class="outline" href=${`#/credentials/${id}/connect`}>${status === "INCOMPLETE" ? "Continue" : "Reconnect"}</a>`}
      ${status !== "INCOMPLETE" && html`<button class="outline" aria-busy=${busy} onClick=${() => send({ id })}>Verify</button>`}
      ${opener("Rename")} ${method === "SECRET_KEY" && opener("Replace key")} ${!integrations?.totalCount && opener("Delete", "danger")}
    `}
    ${open && html`<${DIALOGS[open.dialog]} credential=${credential ?? open.of} onClose=${() => setOpen(undefined)} />`}
  `;
}

/** @param {{ credential: Credential, onClose: () => void }} properties */
function Delete({ credential: { id, name, method, version }, onClose }) {
  return html`
    <${Confirm} title=${`Delete “${name}”?`} action="Delete credential" mutation=${DELETE_CREDENTIAL}
      input=${{ id, expectedVersion: version }} onDone=${() => goTo("credentials")} onClose=${onClose}>
      <p>Its secret is deleted too${method === "OAUTH" && ", and access is revoked at Stripe"}. This cannot be undone.</p>
    <//>
  `;
}
