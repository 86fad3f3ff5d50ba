/** The organization's event log. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { EVENTS } from "./api/operations.js";
import { SelectField } from "./parts/fields.js";
import { List } from "./parts/list.js";
import { Empty, Page } from "./parts/page.js";
import { Time } from "./parts/time.js";
import { KINDS, happening, sentence } from "./parts/words.js";

/** @typedef {import("./api/types.js").LogEvent} LogEvent */

/** @type {import("./parts/list.js").Column[]} */
const COLUMNS = [
  ["When", (/** @type {LogEvent} */ event) => html`<${Time} at=${event.occurredAt} />`],
  ["What", happening],
  ["By", (/** @type {LogEvent} */ event) => event.actor.name],
  ["Kind", (/** @type {LogEvent} */ event) => html`<small>${sentence(event.kind)}</small>`],
];
/** @type {[string, string][]} */
const CHOICES = [["", "Everything"], ...KINDS.map((kind) => /** @type {[string, string]} */ ([kind, sentence(kind)]))];

export function Activity() {
  const [kind, setKind] = useState("");
  return html`
    <${Page} title="Activity">
      <div class="filters">
        <${SelectField} label="Show" options=${CHOICES} value=${kind} onChange=${(/** @type {any} */ event) => setKind(event.target.value)} />
      </div>
      <${History} filter=${kind ? { kinds: [kind] } : {}} caption="Events, newest first" />
    <//>
  `;
}

/** @param {{ filter: { kinds?: string[], subject?: string }, caption: string }} properties */
export const History = ({ filter, caption }) => html`
  <${List} query=${EVENTS} field="events" filter=${filter} caption=${caption} columns=${COLUMNS} newestLast
    empty=${html`<${Empty}><p>There are no events yet.</p><//>`} />
`;
