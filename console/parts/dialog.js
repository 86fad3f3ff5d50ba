/** Dialogs: the browser's own, which keep the focus inside and close on Escape. */

import { html } from "htm/preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
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
  // Browsers report `close` with their next frame, which can be late: what the dialog does would go on until then.
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!busy) onClose();
  };
  // Browsers let a second Escape pass an event handler of `cancel`; not all of them know `closedby` yet.
  const refuse = (/** @type {KeyboardEvent} */ event) => busy && event.key === "Escape" && event.preventDefault();
  return html`
    <dialog ref=${dialog} aria-labelledby=${id} onClose=${onClose} closedby=${busy ? "none" : "closerequest"} onKeyDown=${refuse} onCancel=${cancel}>
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
  const { send, busy, error, progress } = useMutation(mutation);
  const confirm = async () => {
    if (!(await send(input))) return;
    onClose();
    onDone?.();
  };
  return html`
    <${Dialog} title=${title} busy=${busy} onClose=${onClose}>
      ${children}
      <${FormError} error=${error} />
      <${Buttons} busy=${busy} progress=${progress} save=${action} onSave=${confirm} cancel=${onClose} danger />
    <//>
  `;
}

/** Asks whether to leave a form that has not been saved. @param {{ stay: () => void, leave: () => void }} properties */
export const Leaving = ({ stay, leave }) => html`
  <${Dialog} title="Leave without saving?" onClose=${stay}>
    <p>What you entered is kept in this tab until you come back, save or cancel. A secret key is not kept.</p>
    <footer class="buttons">
      <button onClick=${leave}>Leave</button>
      <button class="secondary outline" autofocus onClick=${stay}>Stay</button>
    </footer>
  <//>
`;

/** The content of a dialog that closes only by its button: the secret is lost then. @param {{ secret: string, onClose: () => void }} properties */
export function ShownOnce({ secret, onClose }) {
  const [copy, setCopy] = useState("Copy");
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => button.current?.focus(), []);
  const write = () => navigator.clipboard.writeText(secret).then(() => setCopy("Copied"), () => setCopy("Copy it manually"));
  return html`
    <p>Copy it now. It will not be shown again.</p>
    <p><code class="whole">${secret}</code></p>
    <p class="unseen" role="status">${copy === "Copy" ? "" : copy}</p>
    <footer class="buttons">
      <button ref=${button} onClick=${write}>${copy}</button>
      <button class="secondary outline" onClick=${onClose}>${copy === "Copied" ? "Done" : "Close without copying"}</button>
    </footer>
  `;
}
