/** What a user has typed into a form, kept in this tab until it is saved or cancelled. Secrets are never kept. */

import { useRef, useState } from "preact/hooks";
import { discard, useUnsaved } from "./route.js";

const PREFIX = "drawbridge.draft.";

/** @typedef {Record<string, string>} Values */

/** @param {string} name @returns {Values | null} */
const kept = (name) => JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null");

/** Fills a form before it is opened. @param {string} name @param {Values} values */
export const keepDraft = (name, values) => sessionStorage.setItem(PREFIX + name, JSON.stringify(values));

/** @param {string} name */
export const forgetDraft = (name) => sessionStorage.removeItem(PREFIX + name);

/** @param {HTMLFormElement} form @returns {Values} */
function valuesOf(form) {
  const fields = /** @type {HTMLInputElement[]} */ ([...form.elements]).filter((field) => field.name && !("secret" in field.dataset));
  return Object.fromEntries(
    fields
      .filter(({ type, checked }) => type !== "radio" || checked)
      .map(({ name, type, checked, value }) => [name, type === "checkbox" ? (checked ? "on" : "") : value]),
  );
}

/**
 * @typedef {object} Draft
 * @property {Values} opened the values that the form opens with
 * @property {(event: Event) => void} onInput
 * @property {() => void} end forgets the draft
 * @property {() => Values} current
 */

/**
 * The values that a form opens with, and what to do when it changes and ends. While it differs from `initial`, leaving asks.
 * @param {string} name of the form and its subject
 * @param {Values} initial
 * @returns {Draft}
 */
export function useDraft(name, initial) {
  const [opened] = useState(() => ({ ...initial, ...kept(name) }));
  const [changed, setChanged] = useState(kept(name) !== null);
  const saved = useRef(false);
  useUnsaved(changed);
  const onInput = (/** @type {Event} */ event) => {
    if (saved.current) return;
    const form = /** @type {HTMLFormElement} */ (/** @type {HTMLElement} */ (event.target).closest("form"));
    keepDraft(name, valuesOf(form));
    setChanged(true);
  };
  /** Forgets the draft: it was saved, or the user cancelled. */
  const end = () => {
    saved.current = true;
    discard();
    forgetDraft(name);
    setChanged(false);
  };
  return { opened, onInput, end, current: () => kept(name) ?? initial };
}
