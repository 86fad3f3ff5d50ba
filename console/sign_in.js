/** The sign-in page, for API tokens. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { keepToken, partingWords } from "./api/session.js";
import { SecretField } from "./parts/fields.js";

/** @param {{ onToken: () => void }} properties */
export function SignIn({ onToken }) {
  const [words] = useState(partingWords);
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
        ${words && html`<p role="alert" class="problem">${words}</p>`}
        <form onSubmit=${submit}>
          <${SecretField} label="API token" name="token" hint="Stored for this tab only." placeholder="drawbridge_…" required />
          <button>Sign in</button>
        </form>
      </article>
    </main>
  `;
}
