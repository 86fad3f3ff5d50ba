/** The "Help" page: both guides, in the words of the pages that they lead through, and the way to support. */

import { html } from "htm/preact";
import { Page } from "./parts/page.js";

/** A link that the server has filled in; empty if there is none. @param {string} name */
const linkTo = (name) => /** @type {HTMLMetaElement | null} */ (document.querySelector(`meta[name=${name}]`))?.content;
const SUPPORT = linkTo("support");
const GRAPHIQL = linkTo("graphiql");

/** @type {[title: string, steps: string[]][]} */
const GUIDES = [
  [
    "Add a Stripe integration",
    [
      "Go to External Integration and click Add Integration.",
      "Select Stripe from the list of available integrations.",
      "Enter a name for the integration, and the secret key for Stripe.",
      "Toggle the switch to activate it.",
      "Click Save Integration. The key is checked with Stripe first; an invalid key is not saved.",
    ],
  ],
  [
    "Edit, delete, activate or deactivate it",
    [
      "Select it from the list on the External Integration page. You see its details, including its name and status.",
      "Click Edit, change the name, the secret key or the switch, and click Save Integration.",
      "Or click Delete, and confirm.",
      "To activate or deactivate it, toggle its switch in the list.",
    ],
  ],
  [
    "Create a Stripe credential without a key",
    [
      "Go to Integrations and select Stripe.",
      "On the Credentials panel, select Configure new credentials.",
      "Enter a name. For a Stripe test environment, select Stripe (Test Mode) as the destination. Select Next.",
      "Select Go to Stripe, log in to your Stripe account, and approve access.",
      "Select the link that returns you to Drawbridge, and then Create credential.",
    ],
  ],
  [
    "Send events to a service by webhook",
    [
      "Go to Webhooks and click Add endpoint.",
      "Enter the URL of the service, choose the kinds of events, and click Save endpoint.",
      "Copy the signing secret, which is shown once, and give it to the service.",
      "On the endpoint's page, click Send test event. You see whether the service accepted it.",
    ],
  ],
];

export const Help = () => html`
  <${Page} title="Help">
    <div class="narrow help">
      ${GUIDES.map(([title, steps]) => html`<h2>${title}</h2><ol>${steps.map((step) => html`<li>${step}</li>`)}</ol>`)}
      <p>
        A credential has the suffix “(Incomplete)” until access is approved and it is created. After ten minutes it is removed, and you
        have to start again. Until then, select Continue beside it.
      </p>
      <h2>Support</h2>
      ${SUPPORT
        ? html`<p><a href=${SUPPORT}>Contact support</a></p>`
        : html`<p>Ask the operator of this server.</p>`}
      ${GRAPHIQL && html`<h2>For developers</h2><p>The same API, to try out: <a href=${GRAPHIQL}>GraphiQL</a></p>`}
    </div>
  <//>
`;
