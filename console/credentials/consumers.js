/** The tokens and users that have fetched a credential's key, so that the old one is rolled when nobody needs it. */

import { html } from "htm/preact";
import { CONSUMERS } from "../api/operations.js";
import { List } from "../parts/list.js";
import { Empty } from "../parts/page.js";
import { useQuery } from "../parts/session.js";
import { Time } from "../parts/time.js";

const MOST = 100; // the API's largest page

/** @typedef {import("../api/types.js").Consumer} Consumer */
/** @typedef {import("../api/types.js").Credential} Credential */

/** @typedef {import("../parts/list.js").Column} Column */

/** @type {Column} */
const CONSUMER = { heading: "Token or user", cell: ({ actor }) => html`<bdi>${actor.name}</bdi>`, width: "wide" };
/** @type {Column} */
const FETCHED = { heading: "Last fetched", cell: ({ lastRevealedAt }) => html`<${Time} at=${lastRevealedAt} />` };

/** @param {string} heading @returns {Column} */
const fetched = (heading) => ({
  heading,
  cell: ({ isCurrent, secretVersion }) => (isCurrent ? "the current one" : `an earlier one, number ${secretVersion}`),
});

/** Refreshes replace a Stripe App's token under the same number, so its page does not say who has which. @param {{ credential: Credential }} properties */
export function FetchedBy({ credential: { id, method, flow } }) {
  const { data } = useQuery(CONSUMERS, { id, first: MOST });
  const [word, heading] = method === "OAUTH" ? ["access token", "Access token"] : ["key", "Key"];
  const numbered = flow !== "STRIPE_APP";
  return html`
    <h2>Fetched by</h2>
    ${numbered && data && html`<${Progress} of=${consumers(data)} word=${word} />`}
    <${List} query=${CONSUMERS} connection=${consumers} variables=${{ id }} caption=${`Tokens and users that have fetched the ${word}, the last one first`}
      columns=${numbered ? [CONSUMER, fetched(heading), FETCHED] : [CONSUMER, FETCHED]} empty=${html`<${Empty}><p>Nobody has fetched the ${word} yet.</p><//>`} prefix="consumers-" />
  `;
}

/** How many have fetched the current secret. @param {{ of: { nodes: Consumer[], totalCount: number }, word: string }} properties */
function Progress({ of: { nodes, totalCount }, word }) {
  if (!nodes.length) return null;
  const current = nodes.filter(({ isCurrent }) => isCurrent).length;
  const all = totalCount > nodes.length ? `the last ${nodes.length}` : nodes.length;
  return html`<p>${current} of ${all} ${current === 1 ? "has" : "have"} fetched the current ${word}.</p>`;
}

/** The list's rows, with the ids that a list needs. @param {any} data */
function consumers(data) {
  const found = data.credential?.consumers ?? { nodes: [], totalCount: 0, pageInfo: {} };
  return { ...found, nodes: found.nodes.map((/** @type {Consumer} */ row) => ({ ...row, id: `${row.actor.kind} ${row.actor.id}` })) };
}
