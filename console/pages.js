/** The routes of the console. */

import { html } from "htm/preact";
import { Activity } from "./activity.js";
import { ConnectCredential, ReturnFromStripe } from "./credentials/connect.js";
import { CredentialDetails } from "./credentials/details.js";
import { Credentials } from "./credentials/list.js";
import { NewCredential } from "./credentials/new.js";
import { Help } from "./help.js";
import { AvailableSystems, Catalogue } from "./integrations/catalogue.js";
import { IntegrationDetails } from "./integrations/details.js";
import { AddIntegration, EditIntegration } from "./integrations/form.js";
import { Integrations } from "./integrations/list.js";
import { Page, later } from "./parts/page.js";
import { Tokens } from "./tokens/list.js";

/** @typedef {import("./api/types.js").Scope} Scope */

/** The navigation. @type {{ path: string, title: string, scope: Scope }[]} */
export const PAGES = [
  { path: "integrations", title: "External Integration", scope: "READ" },
  { path: "systems", title: "Integrations", scope: "READ" },
  { path: "webhooks", title: "Webhooks", scope: "READ" },
  { path: "tokens", title: "Tokens", scope: "MANAGE_TOKENS" },
  { path: "activity", title: "Activity", scope: "READ" },
];
/** Pages beneath one of the navigation. @type {Record<string, string>} */
const SECTIONS = { credentials: "systems" };

const details = () => import("./webhooks/details.js");
const form = () => import("./webhooks/form.js");

/** @type {[pattern: string, page: (properties: { id: string }) => any, scope: Scope | null][]} `*` stands for an id */
const ROUTES = [
  ["integrations", Integrations, "READ"],
  ["integrations/new", Catalogue, "CONFIGURE"],
  ["integrations/new/STRIPE", AddIntegration, "CONFIGURE"],
  ["integrations/*", IntegrationDetails, "READ"],
  ["integrations/*/edit", EditIntegration, "CONFIGURE"],
  ["systems", AvailableSystems, "READ"],
  ["credentials", Credentials, "READ"],
  ["credentials/new", NewCredential, "CONFIGURE"],
  ["credentials/return", ReturnFromStripe, "CONFIGURE"],
  ["credentials/*", CredentialDetails, "READ"],
  ["credentials/*/connect", ConnectCredential, "CONFIGURE"],
  ["webhooks", later(() => import("./webhooks/list.js"), "Endpoints"), "READ"],
  ["webhooks/new", later(form, "AddEndpoint"), "CONFIGURE"],
  ["webhooks/*", later(details, "EndpointDetails"), "READ"],
  ["webhooks/*/edit", later(form, "EditEndpoint"), "CONFIGURE"],
  ["tokens", Tokens, "MANAGE_TOKENS"],
  ["activity", Activity, "READ"],
  ["help", Help, null],
];

/**
 * @param {string[]} route
 * @param {(scope: Scope) => boolean} may
 */
export function pageOf(route, may) {
  const first = PAGES.find((page) => may(page.scope))?.path;
  const path = route[0] ? route : [first ?? ""];
  const found = ROUTES.find(([pattern]) => matches(pattern.split("/"), path));
  const allowed = found && (found[2] === null || may(found[2]));
  return { Page: allowed ? found[1] : Nowhere, section: SECTIONS[path[0]] ?? path[0], id: path[1] };
}

/** @param {string[]} pattern @param {string[]} path */
const matches = (pattern, path) =>
  pattern.length === path.length && pattern.every((part, place) => part === "*" || part === path[place]);

const Nowhere = () => html`
  <${Page} title="Nothing here">
    <p>This page does not exist, or your token has no access to it.</p>
    <a role="button" href="#/">Go to the first page</a>
  <//>
`;
