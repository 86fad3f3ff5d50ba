/** Dialogs that change a webhook endpoint. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { DELETE_ENDPOINT, REPLAY_EVENTS, EVENT_BEFORE, ROTATE_WEBHOOK_SECRET, SET_ENDPOINT_ACTIVE } from "../api/operations.js";
import { Confirm, Dialog, ShownOnce } from "../parts/dialog.js";
import { Buttons, FormError, SelectField, read } from "../parts/fields.js";
import { goTo } from "../parts/route.js";
import { useMutation, useQuery } from "../parts/session.js";
import { sentence } from "../parts/words.js";
import { lagText } from "./list.js";

/** @typedef {{ endpoint: import("../api/types.js").WebhookEndpoint, onClose: () => void }} Properties */

// How long the previous secret signs, too, in seconds.
/** @type {[value: string, text: string][]} */
const OVERLAPS = [["86400", "For a day"], ["3600", "For an hour"], ["604800", "For 7 days"], ["0", "Not at all"]];

/** @param {Properties} properties */
export function Rotate({ endpoint: { id, version }, onClose }) {
  const [secret, setSecret] = useState("");
  const { send, busy, error, progress } = useMutation(ROTATE_WEBHOOK_SECRET);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    const rotated = await send({ id, overlapSeconds: Number(read(event)("overlap")), expectedVersion: version });
    if (rotated) setSecret(rotated.secret);
  };
  return html`
    <${Dialog} title=${secret ? "The new signing secret" : "Rotate the signing secret?"} busy=${busy || Boolean(secret)} onClose=${onClose}>
      ${secret
        ? html`<${ShownOnce} secret=${secret} onClose=${onClose} />`
        : html`
            <form onSubmit=${submit}>
              <p>The endpoint gets a new secret, which is shown once. Receivers need it to verify signatures.</p>
              <${SelectField} label="The previous secret signs, too" name="overlap" options=${OVERLAPS}
                hint="Give the receiver the new secret in this time, and no delivery is refused." />
              <${FormError} error=${error} />
              <${Buttons} busy=${busy} progress=${progress} save="Rotate secret" cancel=${onClose} />
            </form>`}
    <//>
  `;
}

/** @param {Properties} properties */
export function SwitchOn({ endpoint: { id, lag, version }, onClose }) {
  const { send, busy, error, progress } = useMutation(SET_ENDPOINT_ACTIVE);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    if (await send({ id, active: true, fromNow: read(event)("from") === "now", expectedVersion: version })) onClose();
  };
  return html`
    <${Dialog} title="Switch the endpoint on?" busy=${busy} onClose=${onClose}>
      <form onSubmit=${submit}>
        <fieldset>
          <legend>It is ${lag ? `${lagText(lag)} behind` : "up to date"}.</legend>
          <label><input type="radio" name="from" value="cursor" defaultChecked /> Send the endpoint what it has missed, in order</label>
          <label><input type="radio" name="from" value="now" /> Skip that, and begin with the next event</label>
        </fieldset>
        <${FormError} error=${error} />
        <${Buttons} busy=${busy} progress=${progress} save="Switch on" cancel=${onClose} />
      </form>
    <//>
  `;
}

/** @param {Properties} properties */
export const SwitchOff = ({ endpoint: { id, version }, onClose }) => html`
  <${Confirm} title="Switch the endpoint off?" action="Switch off" mutation=${SET_ENDPOINT_ACTIVE}
    input=${{ id, active: false, expectedVersion: version }} onClose=${onClose}>
    <p>Nothing is sent until you switch it on again. Then you can have sent what it has missed.</p>
  <//>
`;

/** @param {Properties} properties */
export const Delete = ({ endpoint: { id, url, version }, onClose }) => html`
  <${Confirm} title=${`Are you sure you want to delete “${url}”?`} action="Delete endpoint" mutation=${DELETE_ENDPOINT}
    input=${{ id, expectedVersion: version }} onDone=${() => goTo("webhooks")} onClose=${onClose}>
    <p>Nothing is sent to it any more. Its secret and its list of deliveries are deleted, too. This cannot be undone.</p>
  <//>
`;

/** Sends an event and all later ones again. @param {Properties & { delivery: import("../api/types.js").Delivery }} properties */
export function Replay({ endpoint: { id, status }, delivery: { cursor, kind }, onClose }) {
  const { data } = useQuery(EVENT_BEFORE, { before: cursor });
  return data && html`
    <${Confirm} title="Replay events?" action="Replay" mutation=${REPLAY_EVENTS} input=${{ id, after: data.events.nodes[0].cursor }} onClose=${onClose}>
      <p>“${sentence(kind)}” and all later events are sent again, in order. Receivers recognize what they have had by their webhook-id.</p>
      ${status === "DISABLED" && html`<p>Nothing is sent until you switch the endpoint on.</p>`}
    <//>
  `;
}
