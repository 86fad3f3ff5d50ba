/** The dialog that issues a token and shows it once. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { ISSUE_TOKEN } from "../api/operations.js";
import { Dialog } from "../parts/dialog.js";
import { Buttons, FormError, SelectField, TextField, errorAt } from "../parts/fields.js";
import { useMutation, useSession } from "../parts/session.js";

/** @typedef {import("../api/types.js").Scope} Scope */

/** @type {[Scope, string][]} */
const SCOPES = [
  ["READ", "See integrations, credentials and events"],
  ["CONFIGURE", "Add, change and delete them"],
  ["REVEAL_SECRETS", "Reveal secret keys"],
  ["MANAGE_TOKENS", "Issue, list and revoke tokens"],
];
/** @type {[string, string][]} */
const ENDS = [["90", "After 90 days"], ["365", "After a year"], ["7", "After a week"], ["", "Never"]];
const DAY_MILLISECONDS = 86_400_000;

/** @param {{ onClose: () => void }} properties */
export function Issue({ onClose }) {
  const [secret, setSecret] = useState("");
  const { send, busy, error } = useMutation(ISSUE_TOKEN);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const days = Number(form.get("days"));
    const expiresAt = days ? new Date(Date.now() + days * DAY_MILLISECONDS).toISOString() : undefined;
    const issued = await send({ name: form.get("name"), scopes: form.getAll("scope"), expiresAt });
    if (issued) setSecret(issued.secret);
  };
  return html`
    <${Dialog} title=${secret ? "Your new token" : "Issue token"} busy=${busy} onClose=${onClose}>
      ${secret
        ? html`<${Shown} secret=${secret} onClose=${onClose} />`
        : html`<form onSubmit=${submit}><${Fields} error=${error} /><${Buttons} busy=${busy} save="Issue" cancel=${onClose} /></form>`}
    <//>
  `;
}

/** @param {{ error: import("../api/types.js").Result | null }} properties */
function Fields({ error }) {
  const { may } = useSession();
  return html`
    <${TextField} label="Name" name="name" error=${errorAt(error, "name")} required hint="Shown as the actor in the activity." />
    <fieldset>
      <legend>Scopes</legend>
      ${SCOPES.filter(([scope]) => may(scope)).map(
        ([scope, text]) => html`<label><input type="checkbox" name="scope" value=${scope} /> ${text}</label>`,
      )}
    </fieldset>
    <${SelectField} label="Expires" name="days" options=${ENDS} />
    <${FormError} error=${error} except=${["name"]} />
  `;
}

/** @param {{ secret: string, onClose: () => void }} properties */
function Shown({ secret, onClose }) {
  const [copy, setCopy] = useState("Copy");
  const write = () => navigator.clipboard.writeText(secret).then(() => setCopy("Copied"), () => setCopy("Copy it manually"));
  return html`
    <p>Copy it now. It will not be shown again.</p>
    <p><code class="whole">${secret}</code></p>
    <footer class="buttons">
      <button onClick=${write} aria-live="polite">${copy}</button>
      <button class="secondary outline" onClick=${onClose}>Done</button>
    </footer>
  `;
}
