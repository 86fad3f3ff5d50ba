/** What pages are made of: their heading, and what stands where data is to come, has failed to come, or is not there. */

import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";

/**
 * Its heading gets the focus when one arrives, so that keyboards and screen readers follow.
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

/** Takes about the room of what is to come. */
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
 * A single thing: loading, failed, gone, or shown by `children`.
 * @param {{ query: { data?: any, failure?: any, retry: () => void }, field: string, gone?: any, children: (row: any) => any }} properties
 */
export function One({ query: { data, failure, retry }, field, gone, children }) {
  if (data?.[field]) return children(data[field]);
  if (failure) return html`<${Failure} failure=${failure} onRetry=${retry} />`;
  return data ? (gone ?? html`<${Empty}><p>It is not there any more.</p><//>`) : html`<${Loading} />`;
}
