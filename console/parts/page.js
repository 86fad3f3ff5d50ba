/** The parts of every page: its heading, and the states for loading, failed and missing data. */

import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { cameFrom, pathOf } from "./route.js";

/**
 * Moves the focus to the heading on arrival, for keyboards and screen readers.
 * @param {{ title: string, back?: string, actions?: any, focused?: boolean, children?: any }} properties `back` is a path
 */
export function Page({ title, back, actions, focused = true, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (focused) heading.current?.focus();
  }, []);
  useEffect(() => {
    document.title = `${title} · Drawbridge`;
  }, [title]);
  return html`
    ${back && html`<a class="back" href=${`#/${back}`} onClick=${backOr}>← Back</a>`}
    <header class="heading">
      <h1 ref=${heading} tabindex="-1" dir="auto">${title}</h1>
      <div class="actions">${actions}</div>
    </header>
    ${children}
  `;
}

/**
 * Goes back in the history if the user came from the page that the link leads to, so that its search and page are kept.
 * @param {MouseEvent} event
 */
function backOr(event) {
  const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
  if (pathOf(cameFrom()) !== pathOf(link.hash)) return;
  event.preventDefault();
  history.back();
}

/** Takes up about as much space as the data will. */
export const Loading = () => html`<p class="loading" aria-busy="true"><span class="unseen">Loading</span></p>`;

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
 * @param {{ query: { data?: any, failure?: any, retry: () => void }, field: string, gone: any, children: (row: any) => any }} properties
 */
export function One({ query: { data, failure, retry }, field, gone, children }) {
  if (data?.[field]) return children(data[field]);
  if (failure) return html`<${Failure} failure=${failure} onRetry=${retry} />`;
  return data ? gone : html`<${Loading} />`;
}

/**
 * A page whose code is loaded when it is opened, so that the first one is not slower for it.
 * @param {() => Promise<Record<string, any>>} load
 * @param {string} name of the component
 * @returns {(properties: { id: string }) => any}
 */
export const later = (load, name) =>
  function Later(properties) {
    const [Loaded, setLoaded] = useState(/** @type {any} */ (null));
    const [failure, setFailure] = useState(/** @type {Error | null} */ (null));
    const begin = () => void load().then((module) => setLoaded(() => module[name]), () => setFailure(new Error("The server could not be reached.")));
    useEffect(begin, []);
    if (Loaded) return html`<${Loaded} ...${properties} />`;
    return failure ? html`<${Failure} failure=${failure} onRetry=${begin} />` : html`<${Loading} />`;
  };
