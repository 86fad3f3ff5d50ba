/** Stage 2, back from Stripe. */

import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { COMPLETE_STRIPE_AUTH } from "../api/operations.js";
import { connecting, forgetReturned, returned } from "../api/session.js";
import { FormError } from "../parts/fields.js";
import { Empty } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useMutation } from "../parts/session.js";
import { ToTheList, Wizard } from "./wizard.js";

// After these the credential is still there, and access to it can be asked for again.
const TO_BE_TRIED_AGAIN = new Set(["DENIED", "REJECTED", "MODE_MISMATCH"]);

export function CompleteConnection() {
  const brought = returned();
  const nothing = html`<${Empty}><p>There is nothing to complete.</p><${ToTheList} /><//>`;
  return html`<${Wizard} stage=${2}>${brought ? html`<${Complete} brought=${brought} />` : nothing}<//>`;
}

/** @param {{ brought: import("../api/session.js").Returned }} properties */
function Complete({ brought }) {
  const { send, busy, error } = useMutation(COMPLETE_STRIPE_AUTH);
  const complete = async () => {
    if (!(await send({ ...brought }))) return;
    forgetReturned();
    goTo("credentials");
  };
  useEffect(() => {
    if (brought.error) complete(); // there is nothing to decide
  }, []);
  if (error?.__typename === "StripeAuthError") return html`<${Failed} error=${error} />`;
  return html`
    <article>
      <p>${brought.error ? "Stripe has not approved access." : "Stripe has approved access. One step is left."}</p>
      <${FormError} error=${error} />
      <div class="buttons">
        <button aria-busy=${busy} disabled=${busy} onClick=${complete}>Create credential</button>
        <${ToTheList} />
      </div>
    </article>
  `;
}

/** @param {{ error: import("../api/types.js").Result }} properties */
function Failed({ error: { message, reason } }) {
  const again = TO_BE_TRIED_AGAIN.has(reason ?? "") && connecting();
  return html`
    <article>
      <p role="alert" class="problem">${message}</p>
      <div class="buttons">
        <a role="button" onClick=${forgetReturned} href=${again ? `#/credentials/${again}/connect` : "#/credentials/new"}>
          ${again ? "Try again" : "Begin again"}
        </a>
        <${ToTheList} />
      </div>
    </article>
  `;
}
