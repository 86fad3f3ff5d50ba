/**
 * Paginated lists, whose search, filters, order and page are parameters of the address. Their positions are cursors,
 * which inserts and deletes do not shift.
 */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { TextField, useSettled } from "./fields.js";
import { Failure, Loading } from "./page.js";
import { setParameters } from "./route.js";
import { useQuery, useSession } from "./session.js";
import { masked } from "./words.js";

const SIZES = ["20", "50", "100"];
const START = { after: "", before: "", page: "" };

/** @typedef {{ nodes: any[], totalCount?: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string, endCursor: string } }} Connection */
/** @typedef {{ heading: string, cell: (row: any) => any, sort?: string, width?: string, hidden?: boolean }} Column `sort` is the API's name of the order; `hidden`: the heading is for screen readers only */

/**
 * @param {object} properties
 * @param {string} properties.query
 * @param {(data: any) => Connection} properties.connection
 * @param {Record<string, unknown>} [properties.variables]
 * @param {string} properties.caption describes the list to screen readers
 * @param {Column[]} properties.columns
 * @param {any} properties.empty shown if there are no rows
 * @param {boolean} [properties.newestLast] the API's order; the newest row is always shown first
 * @param {string} [properties.prefix] of its parameters, if the page has another list
 */
export function List({ query, connection, variables = {}, caption, columns, empty, newestLast = false, prefix = "" }) {
  const { at, set } = useParameters(prefix);
  const size = Number(SIZES.includes(at("rows")) ? at("rows") : SIZES[0]);
  const slice = sliceOf(at("after"), at("before"), size, newestLast);
  const { data, of, failure, retry, loading } = useQuery(query, { ...variables, ...orderOf(at("sort")), ...slice });
  if (!data) return failure ? html`<${Failure} failure=${failure} onRetry=${retry} />` : html`<${Loading} />`;
  const { nodes, pageInfo, totalCount } = connection(data);
  const rows = newestLast ? [...nodes].reverse() : nodes;
  const [previous, next] = turns(pageInfo, newestLast);
  if (!rows.length && !previous) return empty;
  return html`
    ${failure && html`<${Failure} failure=${failure} onRetry=${retry} />`}
    <${Table} caption=${caption} columns=${columns} rows=${rows} of=${of} sort=${at("sort")} set=${set} busy=${loading} />
    <${Pager} previous=${previous} next=${next} page=${Number(at("page")) || 1} size=${size} shown=${rows.length} total=${totalCount} set=${set} />
  `;
}

/** @typedef {(changes: Record<string, string>, how?: { replace?: boolean }) => void} SetParameters */

/** The parameters of one of a page's lists. @param {string} [prefix] */
function useParameters(prefix = "") {
  const { parameters } = useSession();
  const prefixed = (/** @type {Record<string, string>} */ changes) => Object.fromEntries(Object.entries(changes).map(([name, value]) => [prefix + name, value]));
  /** @type {SetParameters} */
  const set = (changes, how) => setParameters(prefixed(changes), how);
  return { at: (/** @type {string} */ name) => parameters[prefix + name] ?? "", set };
}

/** The API's order for a parameter such as `-NAME`. @param {string} sort */
const orderOf = (sort) => (sort ? { orderBy: { field: sort.replace("-", ""), direction: sort.startsWith("-") ? "DESC" : "ASC" } } : {});

/** @param {string} after @param {string} before @param {number} size @param {boolean} newestLast */
function sliceOf(after, before, size, newestLast) {
  if (after) return { first: size, after };
  if (before) return { last: size, before };
  return newestLast ? { last: size } : { first: size };
}

/** The parameters of the previous and the next page. @param {Connection["pageInfo"]} pageInfo @param {boolean} newestLast */
function turns(pageInfo, newestLast) {
  const forward = pageInfo.hasNextPage && { after: pageInfo.endCursor, before: "" };
  const backward = pageInfo.hasPreviousPage && { before: pageInfo.startCursor, after: "" };
  return newestLast ? [forward, backward] : [backward, forward];
}

/**
 * @param {object} properties
 * @param {object | false} properties.previous
 * @param {object | false} properties.next
 * @param {number} properties.page
 * @param {number} properties.size
 * @param {number} properties.shown
 * @param {number} [properties.total]
 * @param {SetParameters} properties.set
 */
function Pager({ previous, next, page, size, shown, total, set }) {
  const turn = (/** @type {object} */ to, /** @type {number} */ number) => {
    set({ ...to, page: number > 1 ? String(number) : "" });
    scrollTo(0, 0);
  };
  const resize = (/** @type {any} */ event) => setParameters({ ...START, rows: event.target.value });
  const first = (page - 1) * size + 1;
  return html`
    <nav class="pager" aria-label="Pages of the list">
      <span>${total === undefined ? `Page ${page}` : `${first}–${first + shown - 1} of ${total}`}</span>
      ${(previous || next || size !== Number(SIZES[0])) &&
      html`
        <label>Rows <select onChange=${resize}>${SIZES.map((option) => html`<option selected=${option === String(size)}>${option}</option>`)}</select></label>
        <button class="outline" disabled=${!previous} onClick=${() => previous && turn(previous, page - 1)}>Previous</button>
        <button class="outline" disabled=${!next} onClick=${() => next && turn(next, page + 1)}>Next</button>
      `}
    </nav>
  `;
}

/** @param {{ caption: string, columns: Column[], rows: any[], of: string, sort: string, set: SetParameters, busy: boolean }} properties */
function Table({ caption, columns, rows, of, sort, set, busy }) {
  const { shown, waiting, show, hold, release } = useHeld(rows, of);
  return html`
    ${waiting > 0 && html`<p role="status"><button class="outline pill" onClick=${show}>${waiting === 1 ? "1 change" : `${waiting} changes`}: show</button></p>`}
    <table class="list" aria-busy=${busy} onPointerEnter=${hold} onPointerLeave=${release}>
      <caption class="unseen">${caption}</caption>
      <colgroup>${columns.map(({ width }) => html`<col class=${width} />`)}</colgroup>
      <thead>
        <tr>${columns.map((column) => html`<${Heading} column=${column} current=${sort} set=${set} />`)}</tr>
      </thead>
      <tbody>
        ${shown.map(
          (row) => html`
            <tr key=${keyOf(row)}>
              ${columns.map(({ heading, cell, hidden }) => html`<td data-label=${hidden ? "" : heading}><div>${cell(row)}</div></td>`)}
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}

/** @param {any} row */
const keyOf = (row) => row.id ?? row.cursor;

/**
 * Keeps the rows in their places while the pointer is over them, so that nobody clicks what has just moved there.
 * @param {any[]} rows
 * @param {string} of the page of the list that the rows are; another page is never held back
 */
function useHeld(rows, of) {
  const [held, setHeld] = useState(/** @type {{ rows: any[], of: string } | null} */ (null));
  const latest = new Map(rows.map((row) => [keyOf(row), row]));
  const shown = held?.of === of ? held.rows.map((row) => latest.get(keyOf(row)) ?? row) : rows;
  const places = new Set(shown.map(keyOf));
  const waiting = rows.filter((row) => !places.has(keyOf(row))).length + shown.filter((row) => !latest.has(keyOf(row))).length;
  const hold = () => setHeld({ rows, of });
  return { shown, waiting, show: hold, hold, release: () => setHeld(null) };
}

/** A column's heading; with `sort`, a button that orders by it. @param {{ column: Column, current: string, set: SetParameters }} properties */
function Heading({ column: { heading, sort, hidden }, current, set }) {
  if (!sort) return html`<th scope="col"><span class=${hidden ? "unseen" : ""}>${heading}</span></th>`;
  const direction = current === sort ? "ascending" : current === `-${sort}` ? "descending" : undefined;
  const next = direction === "ascending" ? `-${sort}` : sort;
  return html`
    <th scope="col" aria-sort=${direction}>
      <button class="plain" onClick=${() => set({ ...START, sort: next })}>${heading}</button>
    </th>
  `;
}

/** A search field that waits until the user stops typing. @param {{ label: string, placeholder: string }} properties */
export function Search({ label, placeholder }) {
  const { at, set } = useParameters();
  const [typed, setTyped] = useState(at("search"));
  const settled = useSettled(typed.trim());
  useEffect(() => {
    const search = masked(settled);
    if (search !== settled) setTyped(search);
    if (search !== at("search")) set({ ...START, search }, { replace: true });
  }, [settled]);
  return html`
    <${TextField} label=${label} type="search" placeholder=${placeholder} value=${typed}
      onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} />
  `;
}

/** A filter that is a parameter of the address. @param {{ label: string, name: string, options: [value: string, text: string][] }} properties */
export function Filter({ label, name, options }) {
  const { at, set } = useParameters();
  const choose = (/** @type {any} */ event) => set({ ...START, [name]: event.target.value });
  return html`
    <label>
      ${label}
      <select onChange=${choose}>
        ${options.map(([value, text]) => html`<option key=${value} value=${value} selected=${value === at(name)}>${text}</option>`)}
      </select>
    </label>
  `;
}

/** A day that is a parameter of the address. @param {{ label: string, name: string }} properties */
export function DayFilter({ label, name }) {
  const { at, set } = useParameters();
  // A year that is being typed is out of range.
  const choose = (/** @type {any} */ event) => event.target.validity.valid && set({ ...START, [name]: event.target.value });
  return html`<label>${label} <input type="date" min="2000-01-01" max="2999-12-31" value=${at(name)} onChange=${choose} /></label>`;
}

/** Filters beside each other; on phones, behind a button. @param {{ children?: any }} properties */
export const Filters = ({ children }) => html`
  <details class="filters" open=${matchMedia("(min-width: 60rem)").matches}>
    <summary>Search and filters</summary>
    <search>${children}</search>
  </details>
`;

/** A description list. @param {{ of: [name: string, fact: any][] }} properties */
export const Facts = ({ of }) => html`
  <dl class="facts">${of.map(([name, fact]) => html`<div><dt>${name}</dt><dd>${fact}</dd></div>`)}</dl>
`;
