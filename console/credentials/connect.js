/** Stage 2: for a credential that is new, was left incomplete, or is to be reconnected; before Stripe and after. */

import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { COMPLETE_STRIPE_AUTH, CREDENTIAL_BY_ID } from "../api/operations.js";
import { forgetDraft } from "../parts/draft.js";
import { FormError, Progress } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Empty, One } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useMutation, useQuery } from "../parts/session.js";
import { Countdown } from "../parts/time.js";
import { destinationName } from "../parts/words.js";
import { forgetBegun, forgetReturned, isApproved, returned, returnedFor } from "./attempts.js";
import { DRAFT } from "./new.js";
import { ToTheList, Wizard, useStripe } from "./wizard.js";

/** @typedef {import("../api/types.js").Credential} Credential */
/** @typedef {import("../api/types.js").Result} Result */

/** @param {{ id: string }} properties */
export function ConnectCredential({ id }) {
  const query = useQuery(CREDENTIAL_BY_ID, { id });
  const again = query.data?.credential && query.data.credential.status !== "INCOMPLETE";
  return html`
    <${Wizard} stage=${2} again=${again}>
      <${One} query=${query} field="credential" gone=${html`<${Over} id=${id} />`}>
        ${(/** @type {Credential} */ credential) => html`<${Panel} credential=${credential} />`}
      <//>
    <//>
  `;
}

/** Where Stripe's redirect leads. If it began in another browser, its credential is known only once it is connected. */
export function ReturnFromStripe() {
  const id = returnedFor();
  useLayoutEffect(() => {
    if (id) location.replace(`#/credentials/${id}/connect`);
  }, []);
  if (id) return null;
  return html`
    <${Wizard} stage=${2}>
      ${returned() ? html`<${Panel} />` : html`<${Empty}><p>There is nothing to complete.</p><${ToTheList} /><//>`}
    <//>
  `;
}

/** @param {{ id: string }} properties */
function Over({ id }) {
  const [tooLate] = useState(() => isApproved(id));
  useEffect(() => {
    forgetBegun(); // the draft of stage 1 stays, so starting again is one click
    if (tooLate) forgetReturned();
  }, []);
  return html`
    <${Gone} id=${id} thing="credential">
      ${tooLate &&
      html`<p>
        Access was approved at Stripe after that, so nothing was connected. Start again, and approve it once more. An app that was installed
        stays installed at Stripe: if you do not start again, uninstall it there.
      </p>`}
      <a role="button" href="#/credentials/new">Start again</a>
    <//>
  `;
}

/** @param {{ credential?: Credential }} properties */
function Panel({ credential }) {
  const brought = useReturned(credential?.id);
  const stripe = useStripe();
  const again = credential && credential.status !== "INCOMPLETE";
  const name = credential ? html`<strong dir="auto">“${credential.displayName}”</strong>` : "your credential";
  const mode = credential && html` in <strong>${destinationName(credential.destination)}</strong>`;
  return html`
    <article>
      <h3>Stripe Connection</h3>
      ${again && credential.status === "CONNECTED" && html`<p>${name} is connected. Go on only to connect it anew.</p>`}
      ${brought.approved
        ? html`<p>Stripe has approved access for ${name}${mode}. One step is left.</p>`
        : html`<p>You provide the authentication details on Stripe's website: log in there and approve access for ${name}${mode}. Then come back here.</p>`}
      ${credential?.expiresAt && html`<p><${Countdown} until=${credential.expiresAt} />. After that, the credential is removed and you have to start again.</p>`}
      <${FormError} error=${brought.error ?? stripe.error} />
      <${Progress} text=${brought.progress || stripe.progress} />
      <div class="buttons">
        ${brought.approved
          ? html`<button aria-busy=${brought.busy} onClick=${brought.complete}>${again ? "Reconnect credential" : "Create credential"}</button>`
          : credential && html`<button aria-busy=${stripe.busy} onClick=${() => stripe.leave(credential.id)}>Go to Stripe</button>`}
        <${ToTheList} />
      </div>
    </article>
  `;
}

/**
 * What Stripe's redirect brought to this tab for a credential. Once its outcome is known to be a failure, the way on is
 * to go to Stripe again.
 * @param {string | undefined} id
 */
function useReturned(id) {
  const [brought, setBrought] = useState(() => (returnedFor() === id ? returned() : null));
  const { send, busy, error, progress } = useMutation(COMPLETE_STRIPE_AUTH);
  const complete = async () => {
    const told = (/** @type {Result} */ { message }) => {
      forgetReturned(); // here, because a user may have left the page meanwhile
      forgetBegun();
      forgetDraft(DRAFT);
      return { text: message };
    };
    if (await send({ ...brought }, { told })) goTo("credentials");
  };
  useEffect(() => {
    if (brought?.error) complete(); // the user declined, and has nothing to decide
  }, []);
  const over = error?.__typename === "StripeAuthError";
  useEffect(() => {
    if (!over) return;
    forgetReturned();
    setBrought(null);
  }, [over]);
  return { approved: Boolean(brought?.code) && !over, complete, busy, error, progress };
}
