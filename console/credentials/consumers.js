/** The tokens and users that have fetched a credential's key, so that the old one is rolled when nobody needs it. */

import { html } from "htm/preact";
import { CONSUMERS } from "../api/operations.js";
import { List } from "../parts/list.js";
import { Empty } from "../parts/page.js";
import { useQuery } from "../parts/session.js";
import { Time } from "../parts/time.js";

const MOST = 100; // the API's largest page

/** @typedef {import("../api/types.js").Consumer} Consumer */

/** @type {import("../parts/list.js").Column[]} */
const COLUMNS = [
  { heading: "Token or user", cell: ({ actor }) => html`<bdi>${actor.name}</bdi>`, width: "wide" },
  { heading: "Key", cell: ({ isCurrent, secretVersion }) => (isCurrent ? "the current one" : `an earlier one, number ${secretVersion}`) },
  { heading: "Last fetched", cell: ({ lastRevealedAt }) => html`<${Time} at=${lastRevealedAt} />` },
];

/** @param {{ id: string }} properties */
export function FetchedBy({ id }) {
  const { data } = useQuery(CONSUMERS, { id, first: MOST });
  return html`
    <h2>Fetched by</h2>
    ${data && html`<${Progress} of=${consumers(data)} />`}
    <${List} query=${CONSUMERS} connection=${consumers} variables=${{ id }} caption="Tokens and users that have fetched the key, the last one first"
      columns=${COLUMNS} empty=${html`<${Empty}><p>Nobody has fetched the key yet.</p><//>`} prefix="consumers-" />
  `;
}

/** How many have fetched the current key. @param {{ of: { nodes: Consumer[], totalCount: number } }} properties */
function Progress({ of: { nodes, totalCount } }) {
  if (!nodes.length) return null;
  const current = nodes.filter(({ isCurrent }) => isCurrent).length;
  const all = totalCount > nodes.length ? `the last ${nodes.length}` : nodes.length;
  return html`<p>${current} of ${all} ${current === 1 ? "has" : "have"} fetched the current key.</p>`;
}

/** The list's rows, with the ids that a list needs. @param {any} data */
function consumers(data) {
  const found = data.credential?.consumers ?? { nodes: [], totalCount: 0, pageInfo: {} };
  return { ...found, nodes: found.nodes.map((/** @type {Consumer} */ row) => ({ ...row, id: `${row.actor.kind} ${row.actor.id}` })) };
}
