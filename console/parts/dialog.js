/** Dialogs: the browser's own, which keep the focus inside and close on Escape. */

import { html } from "htm/preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useMutation } from "./session.js";
import { Buttons, FormError } from "./fields.js";

/** @param {{ title: string, busy?: boolean, onClose: () => void, children?: any }} properties */
export function Dialog({ title, busy, onClose, children }) {
  const id = useId();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog.current?.showModal();
    return () => before?.focus();
  }, []);
  return html`
    <dialog ref=${dialog} aria-labelledby=${id} onClose=${onClose} onCancel=${(/** @type {Event} */ event) => busy && event.preventDefault()}>
      <article>
        <h2 id=${id}>${title}</h2>
        ${children}
      </article>
    </dialog>
  `;
}

/**
 * Asks for confirmation before a mutation that cannot be undone.
 * @param {object} properties
 * @param {string} properties.title
 * @param {string} properties.action the button's label
 * @param {string} properties.mutation
 * @param {Record<string, unknown>} properties.input
 * @param {() => void} [properties.onDone]
 * @param {() => void} properties.onClose
 * @param {any} [properties.children] the consequences
 */
export function Confirm({ title, action, mutation, input, onDone, onClose, children }) {
  const { send, busy, error } = useMutation(mutation);
  const confirm = async () => {
    if (!(await send(input))) return;
    onClose();
    onDone?.();
  };
  return html`
    <${Dialog} title=${title} busy=${busy} onClose=${onClose}>
      ${children}
      <${FormError} error=${error} />
      <${Buttons} busy=${busy} save=${action} onSave=${confirm} cancel=${onClose} danger />
    <//>
  `;
}
