/** What is shown in place of something that does not exist, or not any more. */

import { html } from "htm/preact";
import { LAST_EVENT } from "../api/operations.js";
import { Empty } from "./page.js";
import { useQuery } from "./session.js";
import { Time } from "./time.js";
import { happening } from "./words.js";

const ENDS = ["INTEGRATION_DELETED", "CREDENTIAL_DELETED", "CREDENTIAL_EXPIRED", "WEBHOOK_ENDPOINT_DELETED"];

/** The last event of a thing that has ended; undefined while it is asked for, null if there is none. @param {string} id */
export function useEnd(id) {
  const { data } = useQuery(LAST_EVENT, { subject: id, kinds: ENDS });
  return data && (data.events.nodes[0] ?? null);
}

/** @param {{ id: string, thing: string, children: any }} properties `children`: the way on */
export function Gone({ id, thing, children }) {
  const end = useEnd(id);
  if (end === undefined) return null;
  return html`
    <${Empty}>
      <p>
        ${end ? html`${happening(end)}, <${Time} at=${end.occurredAt} />${end.actor.kind !== "SYSTEM" && html`, by <bdi>${end.actor.name}</bdi>`}.` : `There is no ${thing} with this id.`}
      </p>
      ${children}
    <//>
  `;
}
