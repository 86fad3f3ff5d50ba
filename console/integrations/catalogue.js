/** The page of "Add Integration". */

import { html } from "htm/preact";
import { CATALOGUE } from "../api/operations.js";
import { One, Page } from "../parts/page.js";
import { useQuery } from "../parts/session.js";

/** @typedef {{ provider: string, name: string, description: string, destinations: { name: string }[] }} Entry */

/** @param {Entry} entry */
const Card = ({ provider, name, description, destinations }) => html`
  <a class="card" href=${`#/integrations/new/${provider}`}>
    <strong>${name}</strong>
    <span>${description}</span>
    <small>${destinations.map((destination) => destination.name).join(" · ")}</small>
  </a>
`;

export function Catalogue() {
  return html`
    <${Page} title="Add Integration" back="integrations">
      <p>Choose an external system.</p>
      <${One} query=${useQuery(CATALOGUE)} field="availableIntegrations">
        ${(/** @type {Entry[]} */ entries) => html`<nav class="cards" aria-label="Catalogue">${entries.map((entry) => html`<${Card} ...${entry} />`)}</nav>`}
      <//>
    <//>
  `;
}
