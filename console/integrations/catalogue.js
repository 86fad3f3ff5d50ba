/** The page of "Add Integration": the list of available integrations. */

import { html } from "htm/preact";
import { CATALOGUE } from "../api/operations.js";
import { One, Page } from "../parts/page.js";
import { useQuery } from "../parts/session.js";

/** @typedef {{ provider: string, name: string, description: string, destinations: { name: string }[] }} Entry */

/** @param {{ title: string, back?: string, introduction: string, linkTo: (entry: Entry) => string }} properties */
export const Systems = ({ title, back, introduction, linkTo }) => html`
  <${Page} title=${title} back=${back}>
    <p>${introduction}</p>
    <${One} query=${useQuery(CATALOGUE)} field="availableIntegrations">
      ${(/** @type {Entry[]} */ entries) => html`
        <nav class="cards" aria-label="Available integrations">
          ${entries.map((entry) => html`<${Card} entry=${entry} link=${linkTo(entry)} />`)}
        </nav>
      `}
    <//>
  <//>
`;

/** @param {{ entry: Entry, link: string }} properties */
const Card = ({ entry: { name, description, destinations }, link }) => html`
  <a class="card" href=${`#/${link}`}>
    <strong>${name}</strong>
    <span>${description}</span>
    <small>${destinations.map((destination) => destination.name).join(" · ")}</small>
  </a>
`;

export const Catalogue = () => html`
  <${Systems} title="Add Integration" back="integrations" introduction="Choose an available integration."
    linkTo=${(/** @type {Entry} */ { provider }) => `integrations/new/${provider}`} />
`;

/** The "Integrations" page: the systems for which there are pages of credentials. */
export const AvailableSystems = () => html`
  <${Systems} title="Integrations" introduction="Choose a system to manage its credentials." linkTo=${() => "credentials"} />
`;
