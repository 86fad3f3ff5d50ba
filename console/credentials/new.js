/** Stage 1: the external system and the name of the credential. */

import { html } from "htm/preact";
import { CATALOGUE } from "../api/operations.js";
import { Buttons, FormError, SelectField, TextField, errorAt, read } from "../parts/fields.js";
import { Empty, One } from "../parts/page.js";
import { goTo } from "../parts/route.js";
import { useQuery } from "../parts/session.js";
import { Wizard, useStripe } from "./wizard.js";

/** @typedef {{ destination: string, name: string, authenticationMethods: string[] }} Destination */

export function NewCredential() {
  return html`
    <${Wizard} stage=${1}>
      <${One} query=${useQuery(CATALOGUE)} field="availableIntegrations">
        ${(/** @type {{ destinations: Destination[] }[]} */ entries) => html`
          <${Form} destinations=${entries.flatMap((entry) => entry.destinations).filter(byOAuth)} />
        `}
      <//>
    <//>
  `;
}

/** @param {Destination} destination */
const byOAuth = ({ authenticationMethods }) => authenticationMethods.includes("OAUTH");

/** @param {{ destinations: Destination[] }} properties */
function Form({ destinations }) {
  const { begin, busy, error } = useStripe();
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    const given = read(event);
    const id = await begin({ newCredential: { name: given("name"), destination: given("destination") } });
    if (id) goTo(`credentials/${id}/connect`);
  };
  if (!destinations.length)
    return html`<${Empty}><p>This server is not configured to connect Stripe accounts. Its operator must register it with Stripe.</p><//>`;
  return html`
    <form onSubmit=${submit}>
      <${SelectField} label="External system" name="destination" error=${errorAt(error, "destination")}
        options=${destinations.map(({ destination, name }) => [destination, name])} />
      <${TextField} label="Credential name" name="name" error=${errorAt(error, "name")} required
        hint="Unique among your organization's credentials." />
      <${FormError} error=${error} except=${["name", "destination"]} />
      <${Buttons} busy=${busy} save="Next" cancel=${() => goTo("credentials")} />
    </form>
  `;
}
