/** The "Webhooks" page: the URLs that the organization's events are sent to. */

import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { now } from "../api/clock.js";
import { ENDPOINTS } from "../api/operations.js";
import { List } from "../parts/list.js";
import { Empty, Page } from "../parts/page.js";
import { useSession } from "../parts/session.js";
import { Time } from "../parts/time.js";
import { Badge } from "../parts/words.js";

/** @typedef {import("../api/types.js").WebhookEndpoint} WebhookEndpoint */

const FIRST_PAUSE_MILLISECONDS = 1000;
const LONGEST_PAUSE_MILLISECONDS = 60_000;

/** @type {import("../parts/list.js").Column[]} */
const COLUMNS = [
  { heading: "URL", cell: Url, width: "url" },
  { heading: "Status", cell: Status, width: "wide" },
  { heading: "Events", cell: ({ kinds }) => (kinds ? `${kinds.length} ${kinds.length === 1 ? "kind" : "kinds"}` : "All kinds") },
  { heading: "Behind", cell: (endpoint) => html`<${Lag} endpoint=${endpoint} />` },
  { heading: "Last delivered", cell: ({ lastSucceededAt }) => html`<${Time} at=${lastSucceededAt} />` },
];

export function Endpoints() {
  const { may } = useSession();
  const add = may("CONFIGURE") && html`<a role="button" href="#/webhooks/new">Add endpoint</a>`;
  return html`
    <${Page} title="Webhooks" actions=${add}>
      <p>Services that hold no connection open are sent the organization's events by HTTP.</p>
      <${List} query=${ENDPOINTS} connection=${connection} caption="Webhook endpoints, newest first" columns=${COLUMNS}
        empty=${html`<${Empty}><p>There are no webhook endpoints yet.</p>${add}<//>`} />
    <//>
  `;
}

/** @param {any} data */
const connection = (data) => data.webhookEndpoints;

/** @param {WebhookEndpoint} endpoint */
function Url({ id, url, description }) {
  return html`<a class="row" href=${`#/webhooks/${id}`}>${url}</a>${description && html`<small dir="auto">${description}</small>`}`;
}

/** @param {WebhookEndpoint} endpoint */
export function Status({ status, problem, failingSince }) {
  const shown = status === "ENABLED" && failingSince ? "FAILING" : status;
  return html`<${Badge} status=${shown} /> ${problem && html`<small>${problem}</small>`}`;
}

/** @param {number} lag */
export const lagText = (lag) => (lag ? `${lag.toLocaleString("en")} ${lag === 1 ? "event" : "events"}` : "up to date");

/**
 * How many events an endpoint is behind. Reads again once a delivery may have ended, because deliveries are no events:
 * when the next attempt is due, and after ever longer pauses while nothing seems to happen.
 * @param {{ endpoint: WebhookEndpoint }} properties
 */
export function Lag({ endpoint }) {
  const { refresh } = useSession();
  const seen = useRef({ state: "", pause: FIRST_PAUSE_MILLISECONDS });
  useEffect(() => {
    const { status, lag, cursor, nextAttemptAt } = endpoint;
    if (status === "DISABLED" || !lag) return;
    const state = [cursor, lag, nextAttemptAt].join();
    const pause = state === seen.current.state ? Math.min(2 * seen.current.pause, LONGEST_PAUSE_MILLISECONDS) : FIRST_PAUSE_MILLISECONDS;
    seen.current = { state, pause };
    const due = nextAttemptAt ? Math.max(Date.parse(nextAttemptAt) - now(), 0) : 0;
    const timer = setTimeout(refresh, due + pause);
    return () => clearTimeout(timer);
  }, [endpoint]);
  return html`<span>${lagText(endpoint.lag)}</span>`;
}
