/** Shared by the stages of "Configure new credentials": the progress, and the redirect to Stripe. */

import { html } from "htm/preact";
import { BEGIN_STRIPE_AUTH } from "../api/operations.js";
import { keepConnecting } from "../api/session.js";
import { Page } from "../parts/page.js";
import { useMutation } from "../parts/session.js";

const STAGES = ["External system", "Authentication with Stripe"];
// The authorization URL of each credential, until the page is reloaded. After that, a new authorization is started.
/** @type {Map<string, string>} */
const authorizationUrls = new Map();

/** @param {{ stage: 1 | 2, again?: boolean, children?: any }} properties `again`: for a credential that was connected before */
export const Wizard = ({ stage, again, children }) => html`
  <${Page} title=${again ? "Connect again" : "Configure new credentials"}>
    <ol class="stages" aria-label="Progress">
      ${STAGES.map((name, place) => html`<li aria-current=${place + 1 === stage ? "step" : undefined}>${name}</li>`)}
    </ol>
    <div class="narrow">${children}</div>
  <//>
`;

export const ToTheList = () => html`<a role="button" class="secondary outline" href="#/credentials">Back to the list</a>`;

/** Starts authorizations and redirects to Stripe, which returns its parameters in the fragment of the console's URL. */
export function useStripe() {
  const { send, busy, error } = useMutation(BEGIN_STRIPE_AUTH);
  /**
   * Returns the credential's id; null after an error.
   * @param {{ newCredential: { name: string, destination: string } } | { credentialId: string }} target
   * @returns {Promise<string | null>}
   */
  async function begin(target) {
    const begun = await send({ target, returnUrl: location.origin + location.pathname });
    if (begun) authorizationUrls.set(begun.credential.id, begun.authorizationUrl);
    return begun?.credential.id;
  }
  /** @param {import("../api/types.js").Credential} credential */
  async function leave({ id, status }) {
    if (!authorizationUrls.has(id) && !(await begin({ credentialId: id }))) return;
    keepConnecting({ id, again: status !== "INCOMPLETE" });
    location.assign(authorizationUrls.get(id) ?? "");
  }
  return { begin, leave, busy, error };
}
