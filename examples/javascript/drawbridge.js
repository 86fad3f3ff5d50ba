// Drawbridge's API, as far as an integration partner's service needs it.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

export const FOLLOW = `subscription ($after: String!) {
  events(after: $after, filter: {kinds: [
    INTEGRATION_UPDATED, INTEGRATION_STATUS_CHANGED, INTEGRATION_DELETED, CREDENTIAL_UPDATED
  ]}) {
    cursor kind
    ... on IntegrationEvent { integrationId }
    ... on CredentialEvent { credential { integrations { id } } }
  }
}`;
const FIND = `query ($name: String!) {
  integrations(filter: {nameContains: $name}, first: 100) { nodes { id name } }
}`;
const REVEAL = `mutation ($input: RevealSecretInput!) {
  revealSecret(input: $input) {
    __typename
    ... on RevealSecretSuccess { secretKey stripeAccountId livemode }
    ... on Error { message }
  }
}`;
const PASSING = new Set(["SERVICE_UNAVAILABLE", "INTERNAL_ERROR", "IDEMPOTENCY_KEY_IN_USE"]);

/** There was no answer, or none for now: ask again. */
export class LostError extends Error {}

/** Asking again does not help. `code` is Drawbridge's, or that with which it closed the WebSocket. */
export class RefusedError extends Error {
  constructor(code, message) {
    super(`${message} (${code})`);
    this.code = code;
  }
}

/** The integration has no secret to hand out as it is: it is inactive, needs attention, or was deleted. */
export class NotHandedOutError extends Error {}

/** Asks until there is an answer. */
export class Drawbridge {
  #url;
  #token;

  constructor(url, token) {
    this.#url = url;
    this.#token = token;
  }

  /** The id of the integration with this name; throws RefusedError. */
  async find(name) {
    const { integrations } = await this.#ask(FIND, { name });
    const found = integrations.nodes.find((integration) => integration.name === name);
    if (!found) throw new RefusedError("NOT_FOUND", `There is no integration named “${name}”.`);
    return found.id;
  }

  /** The log's end as it is now. */
  async newestCursor() {
    return (await this.#ask("{ eventCursor }")).eventCursor;
  }

  /** The integration's secretKey, stripeAccountId and livemode; throws NotHandedOutError or RefusedError. */
  async reveal(integrationId, reason) {
    const { __typename, message, ...revealed } = (await this.#ask(REVEAL, { input: { integrationId, reason } }))
      .revealSecret;
    if (__typename !== "RevealSecretSuccess") throw new NotHandedOutError(message);
    return revealed;
  }

  /** The data of an operation; a mutation is sent again with the same Idempotency-Key until it is answered. */
  async #ask(query, variables) {
    const headers = {
      Authorization: `Bearer ${this.#token}`,
      "Content-Type": "application/json",
      "Idempotency-Key": randomUUID(),
    };
    for (let attempt = 0; ; attempt++) {
      try {
        return dataOf(await post(this.#url, headers, JSON.stringify({ query, variables })));
      } catch (error) {
        if (!(error instanceof LostError)) throw error;
        console.log("Asking again:", error.message);
        await pause(attempt);
      }
    }
  }
}

/** The answer to a request; throws LostError if there is none, a proxy answers in its own way, or says to wait. */
async function post(url, headers, body) {
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(30_000) });
    if (response.status !== 429) return await response.json();
  } catch (error) {
    throw new LostError(error.name);
  }
  throw new LostError("There were too many requests.");
}

/** The data of an answer without errors; throws LostError or RefusedError. */
export function dataOf({ data, errors }) {
  if (errors?.length) throw failure(errors);
  return data;
}

/** What an operation's errors mean. */
export function failure([{ message, extensions }]) {
  const code = extensions?.code ?? "UNKNOWN";
  return PASSING.has(code) ? new LostError(message) : new RefusedError(code, message);
}

/** Waits before the next attempt: longer each time, half a minute at most, and not all services at once. */
export async function pause(attempt) {
  await sleep(Math.min(30_000, 250 * 2 ** attempt) * (0.5 + Math.random() / 2));
}
