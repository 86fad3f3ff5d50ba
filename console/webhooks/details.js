/** The page of a webhook endpoint: its state, actions, deliveries and history. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { History } from "../activity.js";
import { ENDPOINT_BY_ID, REPLAY_EVENTS, TEST_ENDPOINT } from "../api/operations.js";
import { Copyable } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Facts } from "../parts/list.js";
import { One, Page } from "../parts/page.js";
import { useMutation, useQuery, useSession } from "../parts/session.js";
import { Due, Time } from "../parts/time.js";
import { sentence } from "../parts/words.js";
import { Delete, Rotate, SwitchOff, SwitchOn } from "./change.js";
import { Chart } from "./chart.js";
import { Deliveries } from "./deliveries.js";
import { Lag, Status } from "./list.js";

/** @typedef {import("../api/types.js").WebhookEndpoint} WebhookEndpoint */

/** @param {{ id: string }} properties */
export function EndpointDetails({ id }) {
  const query = useQuery(ENDPOINT_BY_ID, { id });
  const endpoint = query.data?.webhookEndpoint;
  return html`
    <${Page} title=${endpoint?.url ?? "Webhook endpoint"} back="webhooks" actions=${html`<${Actions} endpoint=${endpoint} />`}>
      <${One} query=${query} field="webhookEndpoint" gone=${html`<${Nothing} id=${id} />`}>
        ${(/** @type {WebhookEndpoint} */ row) => html`
          ${row.problem && html`<${Attention} endpoint=${row} />`}
          <${Facts} of=${factsOf(row)} />
          <h2>Deliveries</h2>
          <${Chart} counts=${row.deliveryCounts ?? []} />
          <${Deliveries} endpoint=${row} />
        `}
      <//>
      <h2>History</h2>
      <${History} variables=${{ filter: { subject: id } }} caption="Events of this webhook endpoint, newest first" />
    <//>
  `;
}

/** @param {{ id: string }} properties */
export const Nothing = ({ id }) => html`
  <${Gone} id=${id} thing="webhook endpoint"><a role="button" href="#/webhooks">All webhook endpoints</a><//>
`;

/** Why deliveries fail, and since when. @param {{ endpoint: WebhookEndpoint }} properties */
function Attention({ endpoint: { id, status, problem, failingSince } }) {
  const { may } = useSession();
  const { send, busy, error } = useMutation(REPLAY_EVENTS);
  return html`
    <div class="problem">
      <p>${problem} ${failingSince && html`The first failure was <${Time} at=${failingSince} />.`}</p>
      ${error && html`<p role="alert">${error.message}</p>`}
      ${may("CONFIGURE") &&
      status === "ENABLED" &&
      html`<div class="buttons"><button class="outline" aria-busy=${busy} onClick=${() => send({ id })}>Try again now</button></div>`}
    </div>
  `;
}

/** @param {WebhookEndpoint} endpoint @returns {[string, any][]} */
const factsOf = (endpoint) => {
  const { description, kinds, nextAttemptAt, previousSecretValidUntil: previous } = endpoint;
  /** @type {[string, any][]} */
  const facts = [
    ["Status", html`<${Status} ...${{ ...endpoint, problem: null }} />`],
    ["Description", description && html`<bdi>${description}</bdi>`],
    ["Events", kinds ? kinds.map(sentence).join(", ") : "All kinds, also those of later versions"],
    ["Behind", html`<${Lag} endpoint=${endpoint} />`],
    ["Last delivered", html`<${Time} at=${endpoint.lastSucceededAt} />`],
    ["Next attempt", nextAttemptAt && html`<${Due} at=${nextAttemptAt} />`],
    ["Previous secret", previous && html`<span>signs, too; erased <${Time} at=${previous} exact /></span>`],
    ["Added", html`<${Time} at=${endpoint.createdAt} />`],
    ["Changed", html`<${Time} at=${endpoint.updatedAt} />`],
    ["Id", html`<${Copyable} text=${endpoint.id} label="id" />`],
  ];
  return facts.filter(([, fact]) => fact);
};

/** @type {Record<string, (properties: { endpoint: WebhookEndpoint, onClose: () => void }) => any>} */
const DIALOGS = { "Rotate secret": Rotate, "Switch on": SwitchOn, "Switch off": SwitchOff, Delete };

/** @param {{ endpoint?: WebhookEndpoint }} properties */
function Actions({ endpoint }) {
  const { may } = useSession();
  const [open, setOpen] = useState(/** @type {{ dialog: string, of: WebhookEndpoint } | undefined} */ (undefined));
  const opener = (/** @type {string} */ dialog, kind = "") =>
    endpoint && html`<button class=${`outline ${kind}`} onClick=${() => setOpen({ dialog, of: endpoint })}>${dialog}</button>`;
  return html`
    ${endpoint &&
    may("CONFIGURE") &&
    html`
      <${Test} id=${endpoint.id} />
      <a role="button" class="outline" href=${`#/webhooks/${endpoint.id}/edit`}>Edit</a>
      ${opener("Rotate secret")} ${opener(endpoint.status === "ENABLED" ? "Switch off" : "Switch on")} ${opener("Delete", "danger")}
    `}
    ${open && html`<${DIALOGS[open.dialog]} endpoint=${open.of} onClose=${() => setOpen(undefined)} />`}
  `;
}

/** Sends a test event, and shows its outcome until the next one. @param {{ id: string }} properties */
function Test({ id }) {
  const { send, busy, error } = useMutation(TEST_ENDPOINT);
  const [delivery, setDelivery] = useState(/** @type {import("../api/types.js").Delivery | null} */ (null));
  const test = async () => {
    setDelivery(null);
    const result = await send({ id }, { told: () => null });
    if (result) setDelivery(result.delivery);
  };
  const accepted = delivery && !delivery.problem && `The receiver accepted the test: status ${delivery.responseStatus}, after ${delivery.durationMs} ms.`;
  const refused = error?.message ?? (delivery?.problem && `The test failed. ${delivery.problem}`);
  return html`
    <button class="outline" aria-busy=${busy} onClick=${test}>Send test event</button>
    <p role="status" class=${`outcome ${refused ? "problem" : ""}`}>${busy ? "Waiting for the receiver…" : refused || accepted}</p>
  `;
}
