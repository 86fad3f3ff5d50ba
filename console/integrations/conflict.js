/** Two administrators changed the same integration: shows what the other one did, so that the user can decide. */

import { html } from "htm/preact";
import { LAST_EVENT } from "../api/operations.js";
import { useQuery } from "../parts/session.js";
import { Time } from "../parts/time.js";
import { wayOf } from "../parts/words.js";

/** @typedef {import("../api/types.js").Integration} Integration */

const CHANGES = ["INTEGRATION_UPDATED", "INTEGRATION_STATUS_CHANGED"];

/** @param {{ id: string, opened: Integration, latest: Integration }} properties */
export function Conflict({ id, opened, latest }) {
  const { data } = useQuery(LAST_EVENT, { subject: id, kinds: CHANGES });
  const event = data?.events.nodes[0];
  const changes = changesBetween(opened, latest);
  return html`
    <div role="alert" class="problem">
      <p>
        ${event ? html`<bdi>${event.actor.name}</bdi> changed this integration <${Time} at=${event.occurredAt} />.` : "This integration was changed by somebody else."}
        ${changes.length > 0 && " Now:"}
      </p>
      <ul>${changes.map(([field, value]) => html`<li>${field}: <bdi>${value}</bdi></li>`)}</ul>
      <p>Save again to replace that with what you entered, or cancel to keep it.</p>
    </div>
  `;
}

/** @param {Integration} before @param {Integration} now @returns {[string, string][]} */
function changesBetween(before, now) {
  /** @type {[string, (integration: Integration) => string][]} */
  const facts = [
    ["Name", ({ name }) => name],
    ["Active", ({ active }) => (active ? "yes" : "no")],
    ["Credential", ({ credential }) => credential.name],
    ["Key", ({ credential }) => credential.maskedSecret ?? wayOf(credential)],
  ];
  return facts.filter(([, of]) => of(before) !== of(now)).map(([field, of]) => [field, of(now)]);
}
