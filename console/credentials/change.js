/** The dialogs that rename a credential or replace its key. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { UPDATE_CREDENTIAL } from "../api/operations.js";
import { Dialog } from "../parts/dialog.js";
import { Buttons, FormError, NameField, SecretField, errorAt, read } from "../parts/fields.js";
import { useMutation, useSeenVersion } from "../parts/session.js";
import { KEY_PLACEHOLDER, KeyHelp } from "./permissions.js";

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
      <${KeyHelp} field="secretKey" />
      <label><input type="checkbox" name="otherAccount" /> Allow another Stripe account or mode</label>
    `}
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
    if (await send({ id: opened.id, [field]: given(field), allowAccountChange, expectedVersion })) onClose();
  };
  return html`
    <${Dialog} title=${title} busy=${busy} onClose=${onClose}>
      <form onSubmit=${submit}>
        ${children(errorAt(error, field))}
        <${FormError} error=${error} except=${[field]} />
        ${error?.__typename === "StaleVersionError" && html`<p>Save again to replace that.</p>`}
        <${Buttons} busy=${busy} progress=${progress} save="Save" cancel=${onClose} />
      </form>
    <//>
  `;
}
