/** Chooses a connected credential. Beyond a page of them, a search narrows the choice, and an exact name comes first. */

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { CREDENTIAL_CHOICES } from "../api/operations.js";
import { SelectField, TextField } from "../parts/fields.js";
import { Failure, Loading } from "../parts/page.js";
import { useQuery } from "../parts/session.js";
import { destinationName } from "../parts/words.js";

/** @typedef {import("../api/types.js").Credential} Credential */

const NONE = "There are no connected credentials. Configure one under Stripe Integrations.";
const MORE = "More credentials match. Type more of the name above.";

/** @param {{ error?: string }} properties */
export function CredentialField({ error }) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState(/** @type {Credential | undefined} */ (undefined));
  const { data, failure, retry } = useQuery(CREDENTIAL_CHOICES, { name });
  /** @type {Credential[]} */
  const found = data ? [...data.exact.nodes, ...data.part.nodes] : [];
  useEffect(() => {
    if (!chosen && found.length) setChosen(found[0]); // it stays, whatever is added or searched for
  });
  if (!data) return failure ? html`<${Failure} failure=${failure} onRetry=${retry} />` : html`<${Loading} />`;
  const offered = new Map((chosen ? [...found, chosen] : found).map((credential) => [credential.id, credential]));
  const more = data.part.pageInfo.hasNextPage;
  return html`
    ${failure && html`<${Failure} failure=${failure} onRetry=${retry} />`}
    ${(name || more) &&
    html`
      <${TextField} label="Search credentials" type="search" placeholder="Name" maxlength="100" value=${name}
        onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
    `}
    <${SelectField} label="Credential" name="credentialId" error=${error} required value=${chosen?.id}
      hint=${more ? MORE : offered.size ? undefined : NONE}
      onChange=${(/** @type {any} */ event) => setChosen(offered.get(event.target.value))}
      options=${[...offered].map(([id, { name, destination }]) => [id, `${name} · ${destinationName(destination)}`])} />
  `;
}
