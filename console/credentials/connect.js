/** Stage 2, before Stripe: for a credential that is new, was left incomplete, or is to be reconnected. */

import { html } from "htm/preact";
import { CREDENTIAL_BY_ID } from "../api/operations.js";
import { FormError } from "../parts/fields.js";
import { Empty, One } from "../parts/page.js";
import { useQuery } from "../parts/session.js";
import { Countdown } from "../parts/time.js";
import { destinationName } from "../parts/words.js";
import { ToTheList, Wizard, useStripe } from "./wizard.js";

/** @typedef {import("../api/types.js").Credential} Credential */

/** @param {{ id: string }} properties */
export function ConnectCredential({ id }) {
  const query = useQuery(CREDENTIAL_BY_ID, { id });
  const again = query.data?.credential && query.data.credential.status !== "INCOMPLETE";
  return html`
    <${Wizard} stage=${2} again=${again}>
      <${One} query=${query} field="credential" gone=${html`<${Gone} />`}>
        ${(/** @type {Credential} */ credential) => html`<${Panel} credential=${credential} />`}
      <//>
    <//>
  `;
}

const Gone = () => html`
  <${Empty}>
    <p>This credential no longer exists. The time to approve access ran out, or it was deleted.</p>
    <a role="button" href="#/credentials/new">Begin again</a>
  <//>
`;

/** @param {{ credential: Credential }} properties */
function Panel({ credential }) {
  const { displayName, destination, expiresAt } = credential;
  const { leave, busy, error } = useStripe();
  return html`
    <article>
      <p>
        You are about to leave for <strong>${destinationName(destination)}</strong> to approve access for
        <strong> “${displayName}”</strong>. Stripe then returns you here to create the credential.
      </p>
      ${expiresAt && html`<p>Return in time: <${Countdown} until=${expiresAt} />. After that, the credential is removed.</p>`}
      <${FormError} error=${error} />
      <div class="buttons">
        <button aria-busy=${busy} onClick=${() => leave(credential)}>Go to Stripe</button>
        <${ToTheList} />
      </div>
    </article>
  `;
}
