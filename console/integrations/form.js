/** The pages that add and edit an integration. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { CREATE_INTEGRATION, INTEGRATION_BY_ID, SET_INTEGRATION_ACTIVE, UPDATE_INTEGRATION } from "../api/operations.js";
import { KEY_HINT, KEY_PLACEHOLDER, KeyHelp } from "../credentials/permissions.js";
import { keepDraft, useDraft } from "../parts/draft.js";
import { Buttons, FormError, NameField, SecretField, errorAt, isStale, read } from "../parts/fields.js";
import { useEnd } from "../parts/gone.js";
import { One, Page } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useMutation, useQuery, useSeenVersion } from "../parts/session.js";
import { Conflict } from "./conflict.js";
import { Nothing } from "./details.js";
import { CredentialPicker } from "./picker.js";

/** @typedef {import("../api/types.js").Integration} Integration */
/** @typedef {import("../api/types.js").Result} Result */

const NEW = "integration.new";
const LIVE = "This is a live key, for real payments.";
const HINT = `${KEY_HINT} It is checked with Stripe, encrypted, and never shown again.`;

export function AddIntegration() {
  const { send, ...sending } = useMutation(CREATE_INTEGRATION);
  const activation = useMutation(SET_INTEGRATION_ACTIVE);
  const draft = useDraft(NEW, {});
  /** @param {Record<string, unknown>} given */
  const add = async (given) => {
    const activate = (/** @type {Result} */ { integration }) => () => activation.send({ id: integration.id, active: true });
    const told = (/** @type {Result} */ added) =>
      given.active ? { text: added.message } : { text: `${added.message} It is inactive.`, action: { label: "Activate", run: activate(added) } };
    if (!(await send(given, { told }))) return;
    draft.end();
    goTo("integrations");
  };
  return html`
    <${Page} title="Add Stripe integration">
      <${Form} draft=${draft} cancel="integrations" sending=${sending} onSave=${add} keyHint=${HINT} />
    <//>
  `;
}

/** @param {{ id: string }} properties */
export function EditIntegration({ id }) {
  const query = useQuery(INTEGRATION_BY_ID, { id });
  const [opened, setOpened] = useState(/** @type {Integration | null} */ (null)); // outlives a deletion by another user
  const latest = query.data?.integration;
  if (latest && !opened) setOpened(latest);
  return html`
    <${Page} title="Edit integration">
      ${opened
        ? html`<${Edit} opened=${opened} latest=${latest} />`
        : html`<${One} query=${query} field="integration" gone=${html`<${Nothing} id=${id} />`}>${() => null}<//>`}
    <//>
  `;
}

/** @param {{ opened: Integration, latest: Integration | null }} properties `latest`: null once it is deleted */
function Edit({ opened, latest }) {
  const { send, ...sending } = useMutation(UPDATE_INTEGRATION);
  const { id, name, active, credential } = opened;
  const expectedVersion = useSeenVersion(opened.version, sending.error);
  const draft = useDraft(`integration.${id}`, { name, active: active ? "on" : "" });
  /** @param {Record<string, unknown>} given */
  const save = async (given) => {
    if (!(await send({ id, ...given, expectedVersion }))) return;
    draft.end();
    goTo(`integrations/${id}`);
  };
  const keyHint = `Leave empty to keep ${credential.maskedSecret ?? `“${credential.name}”`}.`;
  return html`
    ${!latest && html`<${Deleted} id=${id} name=${name} draft=${draft} />`}
    ${isStale(sending.error) && latest && html`<${Conflict} id=${id} opened=${opened} latest=${latest} />`}
    <${Form} draft=${draft} integration=${opened} cancel=${`integrations/${id}`} sending=${sending} onSave=${save} keyHint=${keyHint} />
  `;
}

/** @param {{ id: string, name: string, draft: import("../parts/draft.js").Draft }} properties */
function Deleted({ id, name, draft }) {
  const end = useEnd(id);
  const again = () => {
    const values = draft.current();
    draft.end();
    keepDraft(NEW, values);
    goTo("integrations/new/STRIPE");
  };
  return html`
    <div role="alert" class="problem">
      <p dir="auto">“${name}” was deleted${end && ` by ${end.actor.name}`}. What you typed is still here.</p>
      <button class="outline" onClick=${again}>Add it as a new integration</button>
    </div>
  `;
}

/**
 * @param {object} properties
 * @param {import("../parts/draft.js").Draft} properties.draft
 * @param {Integration} [properties.integration]
 * @param {string} properties.cancel
 * @param {{ busy: boolean, progress: string, error: Result | null }} properties.sending
 * @param {(given: Record<string, unknown>) => void} properties.onSave
 * @param {string} properties.keyHint
 */
function Form({ draft, integration, cancel, sending: { busy, progress, error }, onSave, keyHint }) {
  const { opened } = draft;
  const [byCredential, setByCredential] = useState(opened.way === "credentialId");
  const [live, setLive] = useState(false);
  const [lacking, setLacking] = useState(/** @type {Result | null} */ (null));
  const way = byCredential ? "credentialId" : "secretKey";
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    const given = read(event);
    const authentication = given(way) ? { [way]: given(way) } : undefined;
    setLacking(authentication || integration ? null : { __typename: "", field: way, message: LACKING[way] });
    if (!authentication && !integration) return;
    const allowAccountChange = integration && given("otherAccount") === "on";
    onSave({ name: given("name"), authentication, active: given("active") === "on", allowAccountChange });
  };
  const leave = () => {
    draft.end();
    goTo(cancel);
  };
  const shown = lacking ?? error;
  return html`
    <form class="narrow" noValidate onSubmit=${submit} onInput=${draft.onInput}>
      <${NameField} label="Name" defaultValue=${opened.name} error=${errorAt(shown, "name")} />
      <input type="hidden" name="way" value=${way} />
      <div hidden=${byCredential}>
        <${SecretField} label="Secret key" name="secretKey" error=${errorAt(shown, "secretKey")} placeholder=${KEY_PLACEHOLDER}
          hint=${live ? LIVE : keyHint} onInput=${(/** @type {any} */ event) => setLive(/(sk|rk)_live_/.test(event.target.value))} />
        <${KeyHelp} field="secretKey" />
        ${shown?.reason === "ACCOUNT_CHANGED" &&
        html`<label><input type="checkbox" name="otherAccount" /> Use this key although it is for another Stripe account or mode</label>`}
      </div>
      ${byCredential && html`<${CredentialPicker} error=${errorAt(shown, "credentialId")} chosen=${opened.credentialId} />`}
      <p>
        <button type="button" class="plain" onClick=${() => setByCredential(!byCredential)}>
          ${byCredential ? "Use a secret key instead" : "Use a connected credential instead"}
        </button>
      </p>
      <label>
        <input type="checkbox" role="switch" name="active" defaultChecked=${opened.active === "on"} />
        Active
      </label>
      ${!isStale(shown) && html`<${FormError} error=${shown} except=${["name", way]} />`}
      <${Buttons} busy=${busy} progress=${progress} save="Save Integration" cancel=${leave} />
    </form>
  `;
}

/** @type {Record<string, string>} */
const LACKING = { secretKey: "Enter the secret key.", credentialId: "Choose a credential." };
