/** The pages that add and edit an integration. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { CREATE_INTEGRATION, INTEGRATION_BY_ID, UPDATE_INTEGRATION } from "../api/operations.js";
import { Buttons, Choice, FormError, SecretField, TextField, errorAt, read } from "../parts/fields.js";
import { One, Page } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useMutation, useQuery, useSeenVersion } from "../parts/session.js";
import { CredentialField } from "./credential_field.js";

/** @typedef {import("../api/types.js").Integration} Integration */

/** @type {[string, string][]} */
const WAYS = [["secretKey", "A secret key"], ["credentialId", "A credential that is connected already"]];
const HINT = "A secret or restricted key from the Stripe Dashboard. It is checked with Stripe, encrypted, and never shown again.";

export function AddIntegration() {
  const { send, busy, error } = useMutation(CREATE_INTEGRATION);
  /** @param {Record<string, unknown>} given */
  const add = async (given) => (await send(given)) && goTo("integrations");
  return html`
    <${Page} title="Add Stripe integration">
      <${Form} ways=${WAYS} cancel="integrations" busy=${busy} error=${error} onSave=${add} />
    <//>
  `;
}

/** @param {{ id: string }} properties */
export function EditIntegration({ id }) {
  return html`
    <${Page} title="Edit integration">
      <${One} query=${useQuery(INTEGRATION_BY_ID, { id })} field="integration">
        ${(/** @type {Integration} */ integration) => html`<${Edit} integration=${integration} />`}
      <//>
    <//>
  `;
}

/** @param {{ integration: Integration }} properties */
function Edit({ integration }) {
  const [opened] = useState(integration); // changes by others are reported, but do not overwrite the user's input
  const { send, busy, error } = useMutation(UPDATE_INTEGRATION);
  const expectedVersion = useSeenVersion(opened.version, error);
  const place = `integrations/${opened.id}`;
  /** @param {Record<string, unknown>} given */
  const save = async (given) => {
    if (await send({ id: opened.id, ...given, expectedVersion })) goTo(place);
  };
  const kept = `Keep ${opened.credential.maskedSecret ?? opened.credential.name}`;
  return html`
    <${Form} ways=${[["", kept], ...WAYS]} integration=${opened} cancel=${place} busy=${busy} error=${error} onSave=${save} />
  `;
}

/**
 * @param {object} properties
 * @param {[string, string][]} properties.ways to authenticate
 * @param {Integration} [properties.integration]
 * @param {string} properties.cancel
 * @param {boolean} properties.busy
 * @param {import("../api/types.js").Result | null} properties.error
 * @param {(given: Record<string, unknown>) => void} properties.onSave
 */
function Form({ ways, integration, cancel, busy, error, onSave }) {
  const [way, setWay] = useState(ways[0][0]);
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    const given = read(event);
    const authentication = way ? { [way]: given(way) } : undefined;
    onSave({ name: given("name"), authentication, active: given("active") === "on" });
  };
  return html`
    <form class="narrow" onSubmit=${submit}>
      <${TextField} label="Name" name="name" defaultValue=${integration?.name} error=${errorAt(error, "name")} required />
      <${Choice} legend="Authenticate with" name="way" options=${ways} chosen=${way} onChoice=${setWay} />
      ${way === "secretKey" &&
      html`
        <${SecretField} label="Secret key" name="secretKey" placeholder="sk_test_…" error=${errorAt(error, "secretKey")} required
          hint=${integration ? `It replaces the old key for all integrations that use the credential “${integration.credential.name}”.` : HINT} />
      `}
      ${way === "credentialId" && html`<${CredentialField} error=${errorAt(error, "credentialId")} />`}
      <label>
        <input type="checkbox" role="switch" name="active" defaultChecked=${integration?.active ?? true} />
        Active
      </label>
      <${FormError} error=${error} except=${["name", way]} />
      <${Buttons} busy=${busy} save="Save" cancel=${() => goTo(cancel)} />
    </form>
  `;
}
