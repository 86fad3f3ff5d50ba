/** The dialog that issues a token and shows it once. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { now } from "../api/clock.js";
import { ISSUE_TOKEN } from "../api/operations.js";
import { Dialog, ShownOnce } from "../parts/dialog.js";
import { Buttons, FormError, NameField, SelectField, errorAt } from "../parts/fields.js";
import { useMutation, useSession } from "../parts/session.js";

/** @typedef {import("../api/types.js").Scope} Scope */

/** @type {[Scope, string][]} */
const SCOPES = [
  ["READ", "See integrations, credentials, webhooks and events"],
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
  const { send, busy, error, progress } = useMutation(ISSUE_TOKEN);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const days = Number(form.get("days"));
    const expiresAt = days ? new Date(now() + days * DAY_MILLISECONDS).toISOString() : undefined;
    const issued = await send({ name: form.get("name"), scopes: form.getAll("scope"), expiresAt });
    if (issued) setSecret(issued.secret);
  };
  return html`
    <${Dialog} title=${secret ? "Your new token" : "Issue token"} busy=${busy || Boolean(secret)} onClose=${onClose}>
      ${secret
        ? html`<${ShownOnce} secret=${secret} onClose=${onClose} />`
        : html`<form onSubmit=${submit}><${Fields} error=${error} /><${Buttons} busy=${busy} progress=${progress} save="Issue" cancel=${onClose} /></form>`}
    <//>
  `;
}

/** @param {{ error: import("../api/types.js").Result | null }} properties */
function Fields({ error }) {
  const { may } = useSession();
  return html`
    <${NameField} label="Name" error=${errorAt(error, "name")} required hint="Shown as the actor in the activity." />
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
