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

/**
 * Shows an error, unless it is about one of these fields.
 * @param {{ error: import("../api/types.js").Result | null, except?: string[] }} properties
 */
export function FormError({ error, except = [] }) {
  const field = fieldOf(error);
  if (!error || (field && except.includes(field))) return null;
  return html`
    <p role="alert" class="problem">
      ${error.message}
      ${error.__typename === "StaleVersionError" && " Submit again to proceed anyway."}
    </p>
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

/** A field whose text is hidden until the user shows it. @param {{ label: string, hint?: string, error?: string } & Record<string, unknown>} properties */
export function SecretField({ label, hint, error, ...rest }) {
  const [shown, setShown] = useState(false);
  const input = (/** @type {object} */ attributes) => html`
    <div class="secret">
      <input type=${shown ? "text" : "password"} autocomplete="off" spellcheck=${false} ...${attributes} ...${rest} />
      <button type="button" class="outline" aria-pressed=${shown} onClick=${() => setShown(!shown)}>
        ${shown ? "Hide" : "Show"}<span class="unseen"> ${label}</span>
      </button>
    </div>
  `;
  return html`<${Labelled} label=${label} hint=${hint} error=${error}>${input}<//>`;
}

/** @param {{ label: string, hint?: string, error?: string, options: [value: string, text: string][] } & Record<string, unknown>} properties */
export const SelectField = ({ label, hint, error, options, ...rest }) => html`
  <${Labelled} label=${label} hint=${hint} error=${error}>
    ${(/** @type {object} */ attributes) => html`
      <select ...${attributes} ...${rest}>
        ${options.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
      </select>
    `}
  <//>
`;

/** Radio buttons. @param {{ legend: string, name: string, chosen?: string, options: [value: string, text: string][], onChoice?: (value: string) => void }} properties */
export const Choice = ({ legend, name, chosen, options, onChoice }) => html`
  <fieldset>
    <legend>${legend}</legend>
    ${options.map(
      ([value, text]) => html`
        <label>
          <input type="radio" name=${name} value=${value} defaultChecked=${value === chosen} onChange=${() => onChoice?.(value)} />
          ${text}
        </label>
      `,
    )}
  </fieldset>
`;

/**
 * The buttons at the end of a form. A mutation that was sent cannot be cancelled.
 * @param {{ busy: boolean, save: string, cancel: () => void, danger?: boolean, onSave?: () => void }} properties
 */
export const Buttons = ({ busy, save, cancel, danger = false, onSave }) => html`
  <footer class="buttons">
    <button class=${danger ? "danger" : ""} aria-busy=${busy} onClick=${onSave}>${save}</button>
    <button type="button" class="secondary outline" disabled=${busy} autofocus=${danger} onClick=${cancel}>Cancel</button>
  </footer>
`;

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
