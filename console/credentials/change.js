/** The dialogs that rename a credential, replace its key, or go back to the previous one. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { RESTORE_CREDENTIAL_SECRET, UPDATE_CREDENTIAL } from "../api/operations.js";
import { Confirm, Dialog } from "../parts/dialog.js";
import { Buttons, FormError, NameField, SecretField, SelectField, errorAt, isStale, read } from "../parts/fields.js";
import { useMutation, useSeenVersion } from "../parts/session.js";
import { destinationName } from "../parts/words.js";
import { KEY_PLACEHOLDER, KeyHelp } from "./permissions.js";

// How long a replaced key is kept, in seconds.
/** @type {[value: string, text: string][]} */
const KEPT = [["0", "Not at all"], ["3600", "For an hour"], ["86400", "For a day"], ["604800", "For 7 days"]];

/** @typedef {{ credential: import("../api/types.js").Credential, onClose: () => void }} Properties */

/** @param {Properties} properties */
export const Rename = ({ credential, onClose }) => html`
  <${Change} title=${`Rename “${credential.name}”`} field="name" credential=${credential} onClose=${onClose}>
    ${(/** @type {string | undefined} */ error) => html`
      <${NameField} label="Name" defaultValue=${credential.name} error=${error} required />
    `}
  <//>
`;

/** @param {Properties} properties */
export const ReplaceKey = ({ credential, onClose }) => html`
  <${Change} title=${`Replace the key of “${credential.name}”`} field="secretKey" credential=${credential} onClose=${onClose}>
    ${(/** @type {string | undefined} */ error) => html`
      <${SecretField} label="New secret key" name="secretKey" placeholder=${KEY_PLACEHOLDER} error=${error} required
        hint="Once Stripe accepts it, it replaces the old key for all integrations that use this credential." />
      <${KeyHelp} field="secretKey" only=${destinationName(credential.destination)} />
      <${SelectField} label="Keep the old key" name="keepPreviousSeconds" options=${KEPT}
        hint="While it is kept, services can still fetch it on request, and you can restore it." />
      <label><input type="checkbox" name="otherAccount" /> Allow another Stripe account or mode</label>
    `}
  <//>
`;

/** @param {Properties} properties */
export const Restore = ({ credential: { id, name, version, maskedSecret, previousMaskedSecret }, onClose }) => html`
  <${Confirm} title=${`Restore the previous key of “${name}”?`} action="Restore key" mutation=${RESTORE_CREDENTIAL_SECRET}
    input=${{ id, expectedVersion: version }} onClose=${onClose}>
    <p>
      Once Stripe accepts <code>${previousMaskedSecret}</code>, it replaces the current key <code>${maskedSecret}</code> for all integrations
      that use this credential. The current key is erased.
    </p>
  <//>
`;

/** @param {Properties & { title: string, field: string, children: (error?: string) => any }} properties */
function Change({ title, field, credential, onClose, children }) {
  const { send, busy, error, progress } = useMutation(UPDATE_CREDENTIAL);
  const [opened] = useState(credential);
  const expectedVersion = useSeenVersion(opened.version, error);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    const given = read(event);
    const allowAccountChange = given("otherAccount") === "on";
    const keepPreviousSeconds = Number(given("keepPreviousSeconds"));
    if (await send({ id: opened.id, [field]: given(field), allowAccountChange, keepPreviousSeconds, expectedVersion })) onClose();
  };
  return html`
    <${Dialog} title=${title} busy=${busy} onClose=${onClose}>
      <form onSubmit=${submit}>
        ${children(errorAt(error, field))}
        ${isStale(error)
          ? html`<p role="alert" class="problem">Somebody else changed this credential. Save again to replace that with what you entered.</p>`
          : html`<${FormError} error=${error} except=${[field]} />`}
        <${Buttons} busy=${busy} progress=${progress} save="Save" cancel=${onClose} />
      </form>
    <//>
  `;
}
