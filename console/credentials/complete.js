/** Stage 2, after Stripe. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { COMPLETE_STRIPE_AUTH } from "../api/operations.js";
import { connecting, forgetReturned, returned } from "../api/session.js";
import { FormError } from "../parts/fields.js";
import { Empty } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useMutation } from "../parts/session.js";
import { ToTheList, Wizard } from "./wizard.js";

export function CompleteConnection() {
  const [brought] = useState(returned);
  const [{ id, again }] = useState(connecting);
  const { send, busy, error } = useMutation(COMPLETE_STRIPE_AUTH);
  const complete = async () => {
    if (!(await send({ ...brought }))) return;
    forgetReturned();
    goTo("credentials");
  };
  useEffect(() => {
    if (brought?.error) complete(); // the user has nothing to decide
  }, []);
  if (!brought) return html`<${Wizard} stage=${2}><${Empty}><p>There is nothing to complete.</p><${ToTheList} /><//><//>`;
  const over = brought.error || error?.__typename === "StripeAuthError";
  return html`
    <${Wizard} stage=${2} again=${again}>
      <article>
        ${!over && html`<p>You approved access at Stripe. One step is left.</p>`}
        <${FormError} error=${error} />
        <div class="buttons">
          ${!over && html`<button aria-busy=${busy} onClick=${complete}>${again ? "Connect again" : "Create credential"}</button>`}
          ${error &&
          html`<a role="button" class=${over ? "" : "outline"} onClick=${forgetReturned} href=${`#/credentials/${id ? `${id}/connect` : "new"}`}>
            Begin again
          </a>`}
          <${ToTheList} />
        </div>
      </article>
    <//>
  `;
}
