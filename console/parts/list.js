/** Paginated lists. Their positions are cursors, which inserts and deletes do not shift. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Failure, Loading } from "./page.js";
import { useQuery } from "./session.js";

const ROWS = 20;

/** @typedef {[heading: string, cell: (row: any) => any]} Column */

/**
 * @param {object} properties
 * @param {string} properties.query
 * @param {string} properties.field of the query
 * @param {object} [properties.filter]
 * @param {string} properties.caption describes the list to screen readers
 * @param {Column[]} properties.columns
 * @param {any} properties.empty shown if there are no rows
 * @param {boolean} [properties.newestLast] the API's order; the newest row is always shown first
 */
export function List({ query, field, filter, caption, columns, empty, newestLast = false }) {
  const start = newestLast ? { last: ROWS } : { first: ROWS };
  const wanted = JSON.stringify(filter);
  const [at, setAt] = useState({ wanted, place: /** @type {Record<string, unknown>} */ (start) });
  const place = at.wanted === wanted ? at.place : start; // a new filter starts at the first page
  const { data, failure, retry } = useQuery(query, filter ? { ...place, filter } : place);
  if (!data) return failure ? html`<${Failure} failure=${failure} onRetry=${retry} />` : html`<${Loading} />`;
  const { nodes, pageInfo } = data[field];
  const rows = newestLast ? [...nodes].reverse() : nodes;
  const forward = pageInfo.hasNextPage && { first: ROWS, after: pageInfo.endCursor };
  const backward = pageInfo.hasPreviousPage && { last: ROWS, before: pageInfo.startCursor };
  const [previous, next] = newestLast ? [forward, backward] : [backward, forward];
  if (!rows.length && !previous) return empty;
  return html`
    ${failure && html`<${Failure} failure=${failure} onRetry=${retry} />`}
    <${Table} caption=${caption} columns=${columns} rows=${rows} />
    ${(previous || next) &&
    html`
      <nav class="pager" aria-label="Pages of the list">
        <button class="outline" disabled=${!previous} onClick=${() => setAt({ wanted, place: previous })}>Previous</button>
        <button class="outline" disabled=${!next} onClick=${() => setAt({ wanted, place: next })}>Next</button>
      </nav>
    `}
  `;
}

/** @param {{ caption: string, columns: Column[], rows: any[] }} properties */
const Table = ({ caption, columns, rows }) => html`
  <table class="list">
    <caption class="unseen">${caption}</caption>
    <thead>
      <tr>${columns.map(([heading]) => html`<th scope="col">${heading}</th>`)}</tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) => html`
          <tr key=${row.id ?? row.cursor}>
            ${columns.map(([heading, cell]) => html`<td data-label=${heading}>${cell(row)}</td>`)}
          </tr>
        `,
      )}
    </tbody>
  </table>
`;

/** A description list. @param {{ of: [name: string, fact: any][] }} properties */
export const Facts = ({ of }) => html`
  <dl class="facts">${of.map(([name, fact]) => html`<div><dt>${name}</dt><dd>${fact}</dd></div>`)}</dl>
`;
