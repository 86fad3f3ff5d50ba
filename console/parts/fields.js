/** Form fields. They are uncontrolled: forms read their values on submit. */

import { html } from "htm/preact";
import { useEffect, useId, useState } from "preact/hooks";

// The field of each error type that does not name a field itself.
/** @type {Record<string, string>} */
const FIELDS = {
  CredentialNotConnectedError: "credentialId",
  InvalidSecretKeyError: "secretKey",
  NameTakenError: "name",
};

/** @param {import("../api/types.js").Result | null} error */
const fieldOf = (error) => error && (error.field ?? FIELDS[error.__typename]);

/**
 * The error's message, if it is about this field.
 * @param {import("../api/types.js").Result | null} error
 * @param {string} field
 */
export const errorAt = (error, field) => (fieldOf(error) === field ? error?.message : undefined);

/** Whether somebody else has changed the same thing. @param {import("../api/types.js").Result | null} error */
export const isStale = (error) => error?.__typename === "StaleVersionError";

/**
 * Shows an error, unless it is about one of these fields.
 * @param {{ error: import("../api/types.js").Result | null, except?: string[] }} properties
 */
export function FormError({ error, except = [] }) {
  const field = fieldOf(error);
  if (!error || (field && except.includes(field))) return null;
  return html`
    <p role="alert" class="problem" dir="auto">${error.message}</p>
  `;
}

/** @param {{ label: string, hint?: string, error?: string, children: (attributes: object) => any }} properties */
export function Labelled({ label, hint, error, children }) {
  const id = useId();
  const attributes = { id, "aria-describedby": `${id}-about`, "aria-invalid": error ? "true" : undefined };
  useEffect(() => {
    if (error) document.getElementById(id)?.focus();
  }, [error]);
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${children(attributes)}
      <small key=${Boolean(error)} id=${`${id}-about`} role=${error && "alert"} class=${error && "error"}>${error ?? hint}</small>
    </div>
  `;
}

/** @param {{ label: string, hint?: string, error?: string } & Record<string, unknown>} properties */
export const TextField = ({ label, hint, error, ...rest }) => html`
  <${Labelled} label=${label} hint=${hint} error=${error}>
    ${(/** @type {object} */ attributes) => html`<input type="text" autocomplete="off" ...${attributes} ...${rest} />`}
  <//>
`;

const MOST_CHARACTERS = 100;

/** A name, with the API's limit. @param {{ label: string, hint?: string, error?: string } & Record<string, unknown>} properties */
export const NameField = (properties) => html`
  <${TextField} name="name" dir="auto" maxLength=${MOST_CHARACTERS} hint=${`1 to ${MOST_CHARACTERS} characters.`} ...${properties} />
`;

const SETTLED_MILLISECONDS = 300;

/** A text once it has not changed for a moment, so that not every letter is a request. @param {string} text */
export function useSettled(text) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** A field whose text is hidden until the user shows it. @param {{ label: string, hint?: string, error?: string } & Record<string, unknown>} properties */
export function SecretField({ label, hint, error, ...rest }) {
  const [shown, setShown] = useState(false);
  const input = (/** @type {object} */ attributes) => html`
    <div class="secret">
      <input data-secret type=${shown ? "text" : "password"} autocomplete="off" spellcheck=${false} ...${attributes} ...${rest} />
      <button type="button" class="outline" aria-pressed=${shown} onClick=${() => setShown(!shown)}>
        ${shown ? "Hide" : "Show"}<span class="unseen"> ${label}</span>
      </button>
    </div>
  `;
  return html`<${Labelled} label=${label} hint=${hint} error=${error}>${input}<//>`;
}

/** @param {{ label: string, hint?: string, error?: string, options: [value: string, text: string][], chosen?: string } & Record<string, unknown>} properties */
export const SelectField = ({ label, hint, error, options, chosen, ...rest }) => html`
  <${Labelled} label=${label} hint=${hint} error=${error}>
    ${(/** @type {object} */ attributes) => html`
      <select ...${attributes} ...${rest}>
        ${options.map(([value, text]) => html`<option key=${value} value=${value} selected=${value === chosen}>${text}</option>`)}
      </select>
    `}
  <//>
`;

/**
 * The buttons at the end of a form. A mutation that was sent cannot be cancelled.
 * @param {{ busy: boolean, progress?: string, save: string, cancel: () => void, danger?: boolean, onSave?: () => void }} properties
 */
export const Buttons = ({ busy, progress, save, cancel, danger = false, onSave }) => html`
  <${Progress} text=${progress} />
  <footer class="buttons">
    <button class=${danger ? "danger" : ""} aria-busy=${busy} onClick=${onSave}>${save}</button>
    <button type="button" class="secondary outline" disabled=${busy} autofocus=${danger} onClick=${cancel}>Cancel</button>
  </footer>
`;

/** A sentence for users who wait. @param {{ text?: string }} properties */
export const Progress = ({ text }) => html`<p role="status" class="progress">${text}</p>`;

/** A text with a button that copies it. @param {{ text: string, label: string }} properties */
export function Copyable({ text, label }) {
  const [said, setSaid] = useState("");
  const copy = () => navigator.clipboard.writeText(text).then(() => setSaid("Copied"), () => setSaid("Copy it manually"));
  return html`
    <code>${text}</code>
    <button type="button" class="plain copy" onClick=${copy}>Copy<span class="unseen"> ${label}</span></button>
    <small role="status">${said}</small>
  `;
}

/**
 * Reads a submitted form, and prevents the browser from leaving the page.
 * @param {SubmitEvent} event
 * @returns {(name: string) => string}
 */
export function read(event) {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  return (name) => String(form.get(name) ?? "");
}
