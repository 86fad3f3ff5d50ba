/** Exports the log as a file, which this browser reads from the API page by page. */

import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { execute } from "./api/client.js";
import { EVENT_COUNT, EXPORTED_EVENTS } from "./api/operations.js";
import { csv } from "./parts/csv.js";
import { Dialog } from "./parts/dialog.js";
import { SelectField, read } from "./parts/fields.js";
import { Failure, Loading } from "./parts/page.js";
import { useQuery, useSession } from "./parts/session.js";

// A file that a browser and a spreadsheet open without effort; dates divide longer logs.
const MOST = 10_000;

/** @type {[heading: string, value: (event: any) => unknown][]} */
const COLUMNS = [
  ["Time", ({ occurredAt }) => occurredAt],
  ["Kind", ({ kind }) => kind],
  ["Name", ({ name }) => name],
  ["Id", ({ integrationId, credentialId, tokenId, webhookEndpointId }) => integrationId ?? credentialId ?? tokenId ?? webhookEndpointId],
  ["Status before", (event) => event.previousIntegrationStatus ?? event.previousCredentialStatus ?? event.previousWebhookEndpointStatus],
  ["Status", (event) => event.integrationStatus ?? event.credentialStatus ?? event.webhookEndpointStatus],
  ["Problem", ({ problem }) => problem],
  ["Reason", ({ reason }) => reason],
  ["By", ({ actor }) => actor.name],
  ["Kind of actor", ({ actor }) => actor.kind],
  ["Id of actor", ({ actor }) => actor.id],
  ["Cursor", ({ cursor }) => cursor],
];
/** @type {Record<string, { type: string, write: (events: any[]) => string }>} */
const FORMATS = {
  csv: { type: "text/csv", write: (events) => csv([COLUMNS.map(([heading]) => heading), ...events.map((event) => COLUMNS.map(([, value]) => value(event)))]) },
  json: { type: "application/json", write: (events) => JSON.stringify(events, null, 2) },
};

/** @param {{ filter: object }} properties */
export function Export({ filter }) {
  const [open, setOpen] = useState(false);
  return html`
    <button class="outline" onClick=${() => setOpen(true)}>Export</button>
    ${open && html`<${ExportDialog} filter=${filter} onClose=${() => setOpen(false)} />`}
  `;
}

/** @param {{ filter: object, onClose: () => void }} properties */
function ExportDialog({ filter, onClose }) {
  const { data, failure, retry } = useQuery(EVENT_COUNT, { filter });
  const { start, done, failed } = useExport(filter, onClose);
  const total = Math.min(data?.events.totalCount ?? 0, MOST);
  return html`
    <${Dialog} title="Export activity" onClose=${onClose}>
      ${failure && html`<${Failure} failure=${failure} onRetry=${retry} />`}
      ${!data && !failure && html`<${Loading} />`}
      ${data && html`
        <p>${extentOf(data.events.totalCount)}</p>
        <form onSubmit=${(/** @type {SubmitEvent} */ event) => start(read(event)("format"))}>
          <${SelectField} label="Format" name="format" options=${[["csv", "CSV, for spreadsheets"], ["json", "JSON, for programs"]]} />
          ${failed && html`<p role="alert" class="problem">${failed.message}</p>`}
          ${done !== null && html`<progress aria-label="Exported events" value=${done} max=${total || 1} />`}
          <p role="status" class="progress">${done !== null && `${count(done)} of ${count(total)} events`}</p>
          <footer class="buttons">
            <button aria-busy=${done !== null} disabled=${done !== null || !total}>Export</button>
            <button type="button" class="secondary outline" onClick=${onClose}>Cancel</button>
          </footer>
        </form>`}
    <//>
  `;
}

/** @param {number} number */
const count = (number) => number.toLocaleString("en");

/** @param {number} total */
function extentOf(total) {
  if (!total) return "No events match the filters of the page.";
  if (total > MOST) return `${count(total)} events match the filters of the page. The file has the newest ${count(MOST)}: choose dates for the others.`;
  return `${total === 1 ? "1 event matches" : `${count(total)} events match`} the filters of the page.`;
}

/**
 * Reads the events and saves the file, unless the dialog is closed before. `done` is the number of events so far.
 * @param {object} filter
 * @param {() => void} onSaved
 */
function useExport(filter, onSaved) {
  const { tell } = useSession();
  const [done, setDone] = useState(/** @type {number | null} */ (null));
  const [failed, setFailed] = useState(/** @type {Error | null} */ (null));
  const shown = useRef(true);
  useEffect(() => () => void (shown.current = false), []);

  /** @param {string} format */
  async function start(format) {
    setFailed(null);
    setDone(0);
    try {
      const events = await readAll(filter, (number) => shown.current && (setDone(number), true));
      if (!shown.current) return;
      save(`drawbridge-activity.${format}`, FORMATS[format].type, FORMATS[format].write(events));
      tell({ text: `${events.length === 1 ? "1 event has" : `${count(events.length)} events have`} been exported.` });
      onSaved();
    } catch (/** @type {any} */ failure) {
      setDone(null);
      setFailed(failure);
    }
  }
  return { start, done, failed };
}

/**
 * The newest events, newest first. Stops if `progress` does not return true.
 * @param {object} filter
 * @param {(number: number) => boolean} progress
 */
async function readAll(filter, progress) {
  /** @type {any[]} */
  const events = [];
  /** @type {string | null} */
  let before = null;
  do {
    /** @type {import("./parts/list.js").Connection} */
    const { nodes, pageInfo } = (await execute(EXPORTED_EVENTS, { filter, before })).events;
    events.push(...nodes.reverse());
    before = pageInfo.hasPreviousPage ? pageInfo.startCursor : null;
  } while (progress(Math.min(events.length, MOST)) && before && events.length < MOST);
  return events.slice(0, MOST);
}

/** @param {string} name @param {string} type @param {string} text */
function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
