/** The permissions of restricted keys: which are needed, how to create a key that has them, and what a key lacks. */

import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CATALOGUE, CHECK_SECRET_KEY } from "../api/operations.js";
import { FormError, Progress } from "../parts/fields.js";
import { useMutation, useQuery } from "../parts/session.js";
import { sentence } from "../parts/words.js";

/** @typedef {import("../api/types.js").KeyPermission} KeyPermission */
/** @typedef {{ name: string, createKeyUrl: string | null, requiredPermissionLabels: string[] }} Destination */

const POLICY = /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=key-policy]")).content;
const ONLY_RESTRICTED = POLICY === "restricted";
export const KEY_PLACEHOLDER = ONLY_RESTRICTED ? "rk_…" : "sk_…";
export const KEY_HINT = ONLY_RESTRICTED ? "A restricted key from the Stripe Dashboard." : "A secret or restricted key from the Stripe Dashboard.";

/**
 * The destinations, which all need the same permissions; none before they are known, or if no permission is needed.
 * @param {string} [only] the name of the only one of interest
 */
function useDestinations(only) {
  const { data } = useQuery(CATALOGUE);
  const destinations = /** @type {Destination[]} */ (data?.availableIntegrations[0].destinations ?? []);
  return destinations.filter(({ name, createKeyUrl }) => createKeyUrl && (!only || name === only));
}

/** The links to Stripe's page that creates a key, with the permissions filled in. @param {{ destinations: Destination[] }} properties */
const CreateKey = ({ destinations }) => html`
  Create a restricted key at
  ${destinations.map(({ name, createKeyUrl }, place) => html`${place ? " or " : " "}<a href=${createKeyUrl} target="_blank" rel="noreferrer">${name}</a>`)}`;

/** Help beside a field for a key. It can check the key without saving it. @param {{ field: string, only?: string }} properties `field`: its name */
export function KeyHelp({ field, only }) {
  const destinations = useDestinations(only);
  const { send, busy, error, progress } = useMutation(CHECK_SECRET_KEY);
  const [found, setFound] = useState(/** @type {import("../api/types.js").Result | null} */ (null));
  const here = useRef(/** @type {HTMLElement | null} */ (null));
  const form = () => /** @type {HTMLFormElement} */ (here.current?.closest("form"));
  const check = async () => setFound(await send({ secretKey: new FormData(form()).get(field) }, { told: () => null }));
  useEffect(() => {
    if (here.current) form().addEventListener("input", () => setFound(null)); // it may be another key now
  }, [destinations.length]);
  if (!destinations.length) return null;
  return html`
    <div class="field" ref=${here}>
      <small><${CreateKey} destinations=${destinations} />. It needs the permissions ${destinations[0].requiredPermissionLabels.join(", ")}.</small>
      <p><button type="button" class="plain" aria-busy=${busy} onClick=${check}>Check the key without saving it</button></p>
      <${Progress} text=${progress} />
      <${FormError} error=${error} />
      ${found && html`<p role="status">${found.message}</p><${Permissions} of=${found.permissions} />`}
    </div>
  `;
}

/** Permissions with their statuses. @param {{ of: KeyPermission[] }} properties */
export const Permissions = ({ of }) => html`
  <ul class="permissions">${of.map(({ label, status }) => html`<li>${label} <span class=${`badge ${status.toLowerCase()}`}>${sentence(status)}</span></li>`)}</ul>
`;

/** @param {KeyPermission[]} permissions */
const missing = (permissions) => (POLICY === "any" ? [] : permissions.filter(({ status }) => status === "MISSING"));

/** The same in a list, in short. @param {{ of: KeyPermission[] }} properties */
export function Lacks({ of }) {
  const [first, ...others] = missing(of);
  return first && html`<small class="failing">The key lacks ${others.length ? `${others.length + 1} permissions` : first.label}.</small>`;
}

/** The permissions that a credential's key lacks, and the way to add them. @param {{ of: KeyPermission[], only: string, verify?: any }} properties */
export function Lacking({ of, only, verify = "select Verify" }) {
  const destinations = useDestinations(only);
  const lacked = missing(of);
  if (!lacked.length) return null;
  return html`
    <p class="problem">
      The key lacks ${lacked.map(({ label }) => label).join(", ")}. Edit it in the Stripe Dashboard, then ${verify}.
      ${destinations.length > 0 && html` Or replace it: <${CreateKey} destinations=${destinations} />.`}
    </p>
  `;
}
