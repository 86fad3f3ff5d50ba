/** Shared by the stages of "Create": the progress, and the way to Stripe. */

import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { BEGIN_STRIPE_AUTH } from "../api/operations.js";
import { Page } from "../parts/page.js";
import { useMutation } from "../parts/session.js";
import { leaveFor } from "./attempts.js";

const STAGES = ["Stage 1: Select a system and name", "Stage 2: Configure and create"];
// The authorization URL of each credential, until the page is reloaded. After that, a new authorization is started.
/** @type {Map<string, string>} */
const authorizationUrls = new Map();

/** @param {{ stage: 1 | 2, again?: boolean, children?: any }} properties `again`: for a credential that was connected before */
export function Wizard({ stage, again, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), []);
  if (again) return html`<${Page} title="Reconnect" back="credentials"><div class="narrow">${children}</div><//>`;
  return html`
    <${Page} title="Create" back="credentials" focused=${false}>
      <ol class="stages" aria-label="Stages">
        ${STAGES.map((name, place) => html`<${Stage} name=${name} done=${place + 1 < stage} current=${place + 1 === stage} />`)}
      </ol>
      <div class="narrow">
        <h2 ref=${heading} tabindex="-1">${STAGES[stage - 1]}</h2>
        ${children}
      </div>
    <//>
  `;
}

/** @param {{ name: string, done: boolean, current: boolean }} properties */
const Stage = ({ name, done, current }) => html`
  <li class=${done ? "done" : ""} aria-current=${current ? "step" : undefined}>
    ${name}${done && html`<span class="unseen">, completed</span>`}
  </li>
`;

/** @param {{ label?: string }} properties */
export const ToTheList = ({ label = "Back to the list" }) => html`<a role="button" class="secondary outline" href="#/credentials">${label}</a>`;

/** Starts authorizations and redirects to Stripe, which returns its parameters in the fragment of the console's URL. */
export function useStripe() {
  const { send, ...sending } = useMutation(BEGIN_STRIPE_AUTH);
  /**
   * Returns the credential's id; null after an error.
   * @param {{ newCredential: { name: string, destination: string } } | { credentialId: string }} target
   * @returns {Promise<string | null>}
   */
  async function begin(target) {
    const result = await send({ target, returnUrl: location.origin + location.pathname });
    if (result) authorizationUrls.set(result.credential.id, result.authorizationUrl);
    return result?.credential.id;
  }
  /** Each authorization is used once: coming back and leaving again starts another. @param {string} id */
  async function leave(id) {
    if (!authorizationUrls.has(id) && !(await begin({ credentialId: id }))) return;
    const url = authorizationUrls.get(id) ?? "";
    authorizationUrls.delete(id);
    leaveFor(id, url);
  }
  return { begin, leave, ...sending };
}
