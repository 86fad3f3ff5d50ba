/** Stage 1: the external system, the destination and the name of the credential. */

import { html } from "htm/preact";
import { execute } from "../api/client.js";
import { CATALOGUE, CREDENTIAL_BY_ID, DELETE_CREDENTIAL, UNFINISHED_CREDENTIAL } from "../api/operations.js";
import { useDraft } from "../parts/draft.js";
import { Buttons, FormError, NameField, SelectField, errorAt, read } from "../parts/fields.js";
import { Empty, One } from "../parts/page.js";
import { discard, goTo } from "../parts/route.js";
import { useMutation, useQuery } from "../parts/session.js";
import { begun, forgetBegun, isApproved, keepBegun } from "./attempts.js";
import { Wizard, useStripe } from "./wizard.js";

/** @typedef {{ destination: string, name: string, authenticationMethods: string[] }} Destination */
/** @typedef {{ provider: string, name: string, destinations: Destination[] }} Entry */

export const DRAFT = "credential.new";

export function NewCredential() {
  return html`
    <${Wizard} stage=${1}>
      <${One} query=${useQuery(CATALOGUE)} field="availableIntegrations">
        ${(/** @type {Entry[]} */ entries) => html`<${Form} systems=${entries.filter(byOAuth)} />`}
      <//>
    <//>
  `;
}

/** @param {{ destinations: Destination[] }} entry */
const byOAuth = ({ destinations }) => destinations.some(connectable);

/** @param {Destination} destination */
const connectable = ({ authenticationMethods }) => authenticationMethods.includes("OAUTH");

/** @param {{ systems: Entry[] }} properties */
function Form({ systems }) {
  const draft = useDraft(DRAFT, {});
  const { begin, busy, error, progress } = useStripe();
  const deletion = useMutation(DELETE_CREDENTIAL);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    const given = read(event);
    const wanted = { name: given("name").trim(), destination: given("destination") };
    const id = await continued(wanted, deletion.send) ?? (await begin({ newCredential: wanted }));
    if (!id) return;
    keepBegun({ id, ...wanted });
    discard(); // the draft stays for the way back
    goTo(`credentials/${id}/connect`);
  };
  const cancel = () => {
    draft.end();
    forgetBegun();
    goTo("credentials");
  };
  if (!systems.length)
    return html`<${Empty}><p>This server is not configured to connect Stripe accounts. Its operator must register it with Stripe.</p><//>`;
  return html`
    <form onSubmit=${submit} onInput=${draft.onInput}>
      <h3>Credential details</h3>
      <${SelectField} label="External system" name="system" options=${systems.map(({ provider, name }) => [provider, name])} />
      <${SelectField} label="Destination" name="destination" error=${errorAt(error, "destination")} chosen=${draft.opened.destination}
        options=${systems[0].destinations.filter(connectable).map(({ destination, name }) => [destination, name])}
        hint="Choose the test mode for your Stripe test environment." />
      <${NameField} label="Name" defaultValue=${draft.opened.name} error=${errorAt(error, "name")} required
        hint="Unique among your organization's credentials." />
      ${error?.__typename === "NameTakenError" && html`<${Unfinished} name=${draft.current().name} />`}
      <${FormError} error=${error} except=${["name", "destination"]} />
      <${Buttons} busy=${busy} progress=${progress} save="Next" cancel=${cancel} />
    </form>
  `;
}

/**
 * The id of what this tab has begun already, if that is still wanted. If only its destination differs, it is deleted, so
 * that its name is free; but never once it is approved or connected.
 * @param {{ name: string, destination: string }} wanted
 * @param {(input: Record<string, unknown>, how: object) => Promise<unknown>} remove
 */
async function continued(wanted, remove) {
  const mine = begun();
  if (!mine) return null;
  if (mine.name === wanted.name && mine.destination === wanted.destination) return mine.id;
  forgetBegun();
  const { credential } = await execute(CREDENTIAL_BY_ID, { id: mine.id });
  const unused = credential?.status === "INCOMPLETE" && !isApproved(mine.id);
  if (unused && mine.name === wanted.name) await remove({ id: mine.id, expectedVersion: credential.version }, { told: () => null });
  return null;
}

/** The way on if the name belongs to a credential that was left unfinished. @param {{ name: string }} properties */
function Unfinished({ name }) {
  const { data } = useQuery(UNFINISHED_CREDENTIAL, { name: name.trim() });
  const found = data?.credentials.nodes[0];
  if (!found) return null;
  return html`<p><a role="button" class="outline" href=${`#/credentials/${found.id}/connect`} onClick=${discard}>Continue “${found.name}”</a></p>`;
}
