/** The pages that add and change a webhook endpoint. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { CREATE_ENDPOINT, ENDPOINT_BY_ID, UPDATE_ENDPOINT } from "../api/operations.js";
import { Dialog, ShownOnce } from "../parts/dialog.js";
import { useDraft } from "../parts/draft.js";
import { Buttons, FormError, TextField, errorAt, isStale, read } from "../parts/fields.js";
import { One, Page } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useMutation, useQuery, useSeenVersion } from "../parts/session.js";
import { KINDS, sentence, thingOf } from "../parts/words.js";
import { Nothing } from "./details.js";

/** @typedef {import("../api/types.js").WebhookEndpoint} WebhookEndpoint */

const URL_HINT = "An https URL, on port 443 or above 1023. In development also plain HTTP to this machine, such as localhost on port 9000.";

export function AddEndpoint() {
  const { send, ...sending } = useMutation(CREATE_ENDPOINT);
  const draft = useDraft("endpoint.new", { which: "all" });
  const [added, setAdded] = useState(/** @type {import("../api/types.js").Result | null} */ (null));
  /** @param {Record<string, unknown>} given */
  const add = async (given) => {
    const result = await send(given);
    if (!result) return;
    draft.end();
    setAdded(result);
  };
  return html`
    <${Page} title="Add webhook endpoint" back="webhooks">
      <p>Once it is saved, you get the secret with which its receiver verifies signatures.</p>
      <${Form} draft=${draft} cancel="webhooks" sending=${sending} onSave=${add} />
      ${added &&
      html`
        <${Dialog} title="The signing secret" busy onClose=${() => {}}>
          <${ShownOnce} secret=${added.secret} onClose=${() => goTo(`webhooks/${added.webhookEndpoint.id}`)} />
        <//>
      `}
    <//>
  `;
}

/** @param {{ id: string }} properties */
export function EditEndpoint({ id }) {
  const query = useQuery(ENDPOINT_BY_ID, { id });
  const [opened, setOpened] = useState(/** @type {WebhookEndpoint | null} */ (null)); // outlives a deletion by another user
  const latest = query.data?.webhookEndpoint;
  if (latest && !opened) setOpened(latest);
  return html`
    <${Page} title="Edit webhook endpoint" back=${`webhooks/${id}`}>
      ${opened
        ? html`<${Edit} opened=${opened} />`
        : html`<${One} query=${query} field="webhookEndpoint" gone=${html`<${Nothing} id=${id} />`}>${() => null}<//>`}
    <//>
  `;
}

/** @param {{ opened: WebhookEndpoint }} properties */
function Edit({ opened }) {
  const { send, ...sending } = useMutation(UPDATE_ENDPOINT);
  const { id, url, description, kinds, version } = opened;
  const expectedVersion = useSeenVersion(version, sending.error);
  const chosen = Object.fromEntries((kinds ?? []).map((kind) => [kind, "on"]));
  const draft = useDraft(`endpoint.${id}`, { url, description: description ?? "", which: kinds ? "some" : "all", ...chosen });
  /** @param {Record<string, unknown>} given */
  const save = async (given) => {
    if (!(await send({ id, ...given, expectedVersion }))) return;
    draft.end();
    goTo(`webhooks/${id}`);
  };
  return html`<${Form} draft=${draft} cancel=${`webhooks/${id}`} sending=${sending} onSave=${save} />`;
}

/**
 * @param {object} properties
 * @param {import("../parts/draft.js").Draft} properties.draft
 * @param {string} properties.cancel
 * @param {{ busy: boolean, progress: string, error: import("../api/types.js").Result | null }} properties.sending
 * @param {(given: Record<string, unknown>) => void} properties.onSave
 */
function Form({ draft: { opened, onInput, end }, cancel, sending: { busy, progress, error }, onSave }) {
  const [some, setSome] = useState(opened.which === "some");
  const [none, setNone] = useState(false);
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    const given = read(event);
    const kinds = some ? KINDS.filter((kind) => given(kind)) : null;
    setNone(kinds?.length === 0);
    if (kinds?.length !== 0) onSave({ url: given("url"), description: given("description") || null, kinds });
  };
  const leave = () => {
    end();
    goTo(cancel);
  };
  const choice = (/** @type {string} */ value, /** @type {string} */ text) => html`
    <label><input type="radio" name="which" value=${value} defaultChecked=${(opened.which === "some") === (value === "some")} onChange=${() => setSome(value === "some")} /> ${text}</label>
  `;
  return html`
    <form class="narrow" noValidate onSubmit=${submit} onInput=${onInput}>
      <${TextField} label="URL" name="url" inputmode="url" spellcheck=${false} hint=${URL_HINT} defaultValue=${opened.url} error=${errorAt(error, "url")} />
      <${TextField} label="Description" name="description" dir="auto" maxLength=${500} hint="Optional." defaultValue=${opened.description} error=${errorAt(error, "description")} />
      <fieldset>
        <legend>Events</legend>
        ${choice("all", "All kinds, also those of later versions")} ${choice("some", "Only these kinds")}
      </fieldset>
      <${Kinds} opened=${opened} hidden=${!some} />
      ${none && html`<p role="alert" class="problem">Choose at least one kind of event.</p>`}
      ${isStale(error)
        ? html`<p role="alert" class="problem">Somebody else changed this endpoint. Save again to replace that with what you entered.</p>`
        : html`<${FormError} error=${error} except=${["url", "description"]} />`}
      <${Buttons} busy=${busy} progress=${progress} save="Save endpoint" cancel=${leave} />
    </form>
  `;
}

/** @param {{ opened: Record<string, string>, hidden: boolean }} properties */
const Kinds = ({ opened, hidden }) => html`
  <div class="kinds" hidden=${hidden}>
    ${[...new Set(KINDS.map((kind) => thingOf({ kind })))].map(
      (thing) => html`
        <fieldset>
          <legend>${thing}</legend>
          ${KINDS.filter((kind) => thingOf({ kind }) === thing).map(
            (kind) => html`<label><input type="checkbox" name=${kind} defaultChecked=${opened[kind] === "on"} /> ${sentence(kind)}</label>`,
          )}
        </fieldset>
      `,
    )}
  </div>
`;
