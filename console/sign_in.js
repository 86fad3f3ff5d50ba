/** The sign-in page, for API tokens. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { RETURNED, keepToken, partingWords } from "./api/session.js";
import { SecretField } from "./parts/fields.js";

/** @param {{ busy: boolean, refused: string, onToken: () => void }} properties */
export function SignIn({ busy, refused, onToken }) {
  const [parting] = useState(partingWords);
  const problem = refused || parting;
  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    keepToken(String(given.get("token")).trim());
    onToken();
  }
  return html`
    <main class="container narrow">
      <article>
        <h1>Drawbridge</h1>
        <p>Your Stripe integrations, and the credentials behind them.</p>
        ${sessionStorage.getItem(RETURNED) && html`<p>You came back from Stripe. Sign in in this tab to create the credential before its time is up.</p>`}
        <form onSubmit=${submit}>
          <${SecretField} label="API token" name="token" hint="Stored for this tab only." placeholder="drawbridge_…" required error=${problem || undefined} />
          <button aria-busy=${busy}>Sign in</button>
        </form>
      </article>
    </main>
  `;
}
