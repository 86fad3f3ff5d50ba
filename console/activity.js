/** The organization's event log. */

import { html } from "htm/preact";
import { EVENTS } from "./api/operations.js";
import { Filter, Filters, List } from "./parts/list.js";
import { Empty, Page } from "./parts/page.js";
import { useSession } from "./parts/session.js";
import { Time } from "./parts/time.js";
import { KINDS, choices, happening, sentence, thingOf } from "./parts/words.js";

/** @typedef {import("./api/types.js").LogEvent} LogEvent */

/** @type {import("./parts/list.js").Column[]} */
const COLUMNS = [
  { heading: "When", cell: ({ occurredAt }) => html`<${Time} at=${occurredAt} exact />` },
  { heading: "What", cell: What, width: "wide" },
  { heading: "Thing", cell: thingOf },
  { heading: "By", cell: ({ actor }) => html`<bdi>${actor.name}</bdi>` },
];
const CHOICES = choices("Everything", KINDS, sentence);

/** What happened, linked to what it happened to. @param {LogEvent} event */
function What(event) {
  const { kind, integrationId, credentialId } = event;
  const path = integrationId ? `integrations/${integrationId}` : credentialId && `credentials/${credentialId}`;
  const text = happening(event);
  return path && !/DELETED|EXPIRED/.test(kind) ? html`<a class="row" dir="auto" href=${`#/${path}`}>${text}</a>` : html`<span dir="auto">${text}</span>`;
}

export function Activity() {
  const { kind } = useSession().parameters;
  return html`
    <${Page} title="Activity">
      <${Filters}><${Filter} label="Show" name="kind" options=${CHOICES} /><//>
      <${History} variables=${{ filter: kind ? { kinds: [kind] } : {} }} caption="Events, newest first" />
    <//>
  `;
}

/** @param {{ variables: { filter: { kinds?: string[], subject?: string } }, caption: string }} properties */
export const History = ({ variables, caption }) => html`
  <${List} query=${EVENTS} connection=${connection} variables=${variables} caption=${caption} columns=${COLUMNS} newestLast
    empty=${html`<${Empty}><p>There are no events yet.</p><//>`} />
`;

/** @param {any} data */
const connection = (data) => data.events;
