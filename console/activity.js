/** The organization's event log. */

import { html } from "htm/preact";
import { EVENTS } from "./api/operations.js";
import { Export } from "./export.js";
import { DayFilter, Filter, Filters, List } from "./parts/list.js";
import { Empty, Page } from "./parts/page.js";
import { setParameters } from "./parts/route.js";
import { useSession } from "./parts/session.js";
import { Time, startOfDay } from "./parts/time.js";
import { KINDS, choices, happening, sentence, thingOf } from "./parts/words.js";

/** @typedef {import("./api/types.js").LogEvent} LogEvent */

/** @type {import("./parts/list.js").Column[]} */
const COLUMNS = [
  { heading: "When", cell: ({ occurredAt }) => html`<${Time} at=${occurredAt} exact />` },
  { heading: "What", cell: What, width: "wide" },
  { heading: "Thing", cell: thingOf },
  { heading: "By", cell: By },
];
const CHOICES = choices("Everything", KINDS, sentence);
/** @type {Record<string, string>} */
const ACTORS = { TOKEN: "API tokens", USER: "Users", STRIPE: "Stripe", SYSTEM: "Drawbridge itself" };
const ACTOR_CHOICES = choices("Anyone", Object.keys(ACTORS), (kind) => ACTORS[kind]);

/** What happened, linked to what it happened to. @param {LogEvent} event */
function What(event) {
  const { kind, integrationId, credentialId, webhookEndpointId } = event;
  const path =
    (integrationId && `integrations/${integrationId}`) || (credentialId && `credentials/${credentialId}`) || (webhookEndpointId && `webhooks/${webhookEndpointId}`);
  const text = happening(event);
  return path && !/DELETED|EXPIRED/.test(kind) ? html`<a class="row" href=${`#/${path}`}>${text}</a>` : html`<span>${text}</span>`;
}

/** The actor, linked to everything else that it did. @param {LogEvent} event */
function By({ actor: { kind, id, name } }) {
  const parameters = new URLSearchParams(id ? { actor: id, name } : { by: kind });
  return html`<a class="above" href=${`#/activity?${parameters}`}><bdi>${name}</bdi></a>`;
}

/** The API's filter for the parameters of the page. @param {Record<string, string>} parameters */
function filterOf({ kind, by, actor, from, to }) {
  const [occurredAfter, occurredBefore] = [startOfDay(from), startOfDay(to, 1)];
  return {
    ...(kind && { kinds: [kind] }),
    ...(by && { actorKind: by }),
    ...(actor && { actorId: actor }),
    ...(occurredAfter && { occurredAfter }),
    ...(occurredBefore && { occurredBefore }),
  };
}

export function Activity() {
  const { parameters } = useSession();
  const filter = filterOf(parameters);
  return html`
    <${Page} title="Activity" actions=${html`<${Export} filter=${filter} />`}>
      <${Filters}>
        <${Filter} label="Show" name="kind" options=${CHOICES} />
        <${Filter} label="By" name="by" options=${ACTOR_CHOICES} />
        <${DayFilter} label="From" name="from" />
        <${DayFilter} label="To" name="to" />
      <//>
      ${parameters.actor && html`<${OnlyBy} name=${parameters.name ?? parameters.actor} />`}
      <${History} variables=${{ filter }} caption="Events, newest first" filtered=${Object.keys(filter).length > 0} />
    <//>
  `;
}

/** @param {{ name: string }} properties */
const OnlyBy = ({ name }) => html`
  <p>
    Only changes by <bdi>${name}</bdi>.${" "}
    <button class="plain" onClick=${() => setParameters({ actor: "", name: "", after: "", before: "", page: "" })}>Show all changes</button>
  </p>
`;

/** @param {{ variables: { filter: object }, caption: string, filtered?: boolean }} properties */
export const History = ({ variables, caption, filtered = false }) => html`
  <${List} query=${EVENTS} connection=${connection} variables=${variables} caption=${caption} columns=${COLUMNS} newestLast
    empty=${html`<${Empty}><p>${filtered ? "No events match. Try other filters." : "There are no events yet."}</p><//>`} />
`;

/** @param {any} data */
const connection = (data) => data.events;
