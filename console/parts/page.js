/** The parts of every page: its heading, and the states for loading, failed and missing data. */

import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";

/**
 * Moves the focus to the heading on arrival, for keyboards and screen readers.
 * @param {{ title: string, back?: string, actions?: any, children?: any }} properties `back` is a path
 */
export function Page({ title, back, actions, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    document.title = `${title} · Drawbridge`;
  }, [title]);
  return html`
    ${back && html`<a class="back" href=${`#/${back}`}>← Back</a>`}
    <header class="heading">
      <h1 ref=${heading} tabindex="-1">${title}</h1>
      <div class="actions">${actions}</div>
    </header>
    ${children}
  `;
}

/** Takes up about as much space as the data will. */
export const Loading = () => html`<p class="loading" aria-busy="true" aria-label="Loading"></p>`;

/** @param {{ failure: Error, onRetry: () => void }} properties */
export const Failure = ({ failure, onRetry }) => html`
  <div role="alert" class="problem">
    <p>${failure.message}</p>
    <button class="outline" onClick=${onRetry}>Try again</button>
  </div>
`;

/** @param {{ children?: any }} properties */
export const Empty = ({ children }) => html`<div class="empty">${children}</div>`;

/**
 * A single row: loading, failed, missing, or rendered by `children`.
 * @param {{ query: { data?: any, failure?: any, retry: () => void }, field: string, gone?: any, children: (row: any) => any }} properties
 */
export function One({ query: { data, failure, retry }, field, gone, children }) {
  if (data?.[field]) return children(data[field]);
  if (failure) return html`<${Failure} failure=${failure} onRetry=${retry} />`;
  return data ? (gone ?? html`<${Empty}><p>It no longer exists.</p><//>`) : html`<${Loading} />`;
}
