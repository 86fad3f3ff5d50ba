/** The last attempts to deliver events to a webhook endpoint. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { DELIVERIES } from "../api/operations.js";
import { List } from "../parts/list.js";
import { Empty } from "../parts/page.js";
import { useSession } from "../parts/session.js";
import { Time } from "../parts/time.js";
import { Badge, sentence } from "../parts/words.js";
import { Replay } from "./change.js";

/** @typedef {import("../api/types.js").Delivery} Delivery */

/** @type {import("../parts/list.js").Column[]} */
const COLUMNS = [
  { heading: "When", cell: ({ attemptedAt }) => html`<${Time} at=${attemptedAt} exact />`, width: "middle" },
  { heading: "Event", cell: ({ kind }) => sentence(kind), width: "middle" },
  { heading: "Outcome", cell: Outcome, width: "wide" },
  { heading: "Response", cell: ({ responseStatus }) => responseStatus ?? "none" },
  { heading: "Duration", cell: ({ durationMs }) => durationText(durationMs) },
];

/** @param {{ endpoint: import("../api/types.js").WebhookEndpoint }} properties */
export function Deliveries({ endpoint }) {
  const { may } = useSession();
  const [replayed, setReplayed] = useState(/** @type {Delivery | null} */ (null));
  const cell = (/** @type {Delivery} */ delivery) => html`
    <button class="plain" onClick=${() => setReplayed(delivery)}>Replay<span class="unseen"> from ${sentence(delivery.kind)}</span></button>
  `;
  const columns = may("CONFIGURE") ? [...COLUMNS, { heading: "Actions", cell, hidden: true, width: "narrow" }] : COLUMNS;
  return html`
    <${List} query=${DELIVERIES} connection=${connection} variables=${{ id: endpoint.id }} columns=${columns} prefix="deliveries-"
      caption="Attempts to deliver events, newest first" empty=${html`<${Empty}><p>Nothing was sent in the last 30 days.</p><//>`} />
    ${replayed && html`<${Replay} endpoint=${endpoint} delivery=${replayed} onClose=${() => setReplayed(null)} />`}
  `;
}

/** @param {Delivery} delivery */
function Outcome({ outcome, attempt, problem }) {
  return html`<${Badge} status=${outcome} /> ${attempt > 1 && html`<span>attempt ${attempt}</span>`} ${problem && html`<small>${problem}</small>`}`;
}

/** @param {number} milliseconds */
const durationText = (milliseconds) => (milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`);

/** The rows with the ids that a list needs: an event has several attempts. @param {any} data */
function connection(data) {
  const found = data.webhookEndpoint?.deliveries ?? { nodes: [], pageInfo: {} };
  return { ...found, nodes: found.nodes.map((/** @type {Delivery} */ row) => ({ ...row, id: `${row.cursor} ${row.attemptedAt}` })) };
}
