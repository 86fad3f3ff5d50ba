// A client for the parts of Drawbridge's API that an integration partner's service needs.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

export const FOLLOW = `subscription ($after: String!, $integration: ID!) {
  events(after: $after, filter: {integration: $integration, kinds: [
    INTEGRATION_UPDATED, INTEGRATION_STATUS_CHANGED, INTEGRATION_DELETED, CREDENTIAL_SECRET_REPLACED
  ]}) {
    cursor kind
  }
}`;
const EVENTS = `query ($after: String!, $integration: ID!) {
  events(first: 100, after: $after, filter: {integration: $integration, kinds: [
    INTEGRATION_UPDATED, INTEGRATION_STATUS_CHANGED, INTEGRATION_DELETED, CREDENTIAL_SECRET_REPLACED
  ]}) {
    nodes { cursor kind }
  }
}`;
const FIND = `query ($name: String!) {
  integrations(filter: {name: $name}) { nodes { id } }
}`;
const REVEAL = `mutation ($input: RevealSecretInput!) {
  revealSecret(input: $input) {
    __typename
    ... on RevealSecretSuccess { secretKey stripeAccountId livemode expiresAt }
    ... on Error { message }
  }
}`;
const REPORT = `mutation ($input: ReportCredentialFailureInput!) {
  reportCredentialFailure(input: $input) {
    ... on Success { message }
    ... on Error { message }
  }
}`;
const TEMPORARY = new Set(["SERVICE_UNAVAILABLE", "INTERNAL_ERROR", "IDEMPOTENCY_KEY_IN_USE", "RATE_LIMITED"]);

/** A temporary failure: retry. */
export class TemporaryError extends Error {}

/** A permanent failure: do not retry. `code` is Drawbridge's error code, or the WebSocket's close code. */
export class RefusedError extends Error {
  constructor(code, message) {
    super(`${message} (${code})`);
    this.code = code;
  }
}

/** The integration's secret is not available: it is inactive, needs attention, or was deleted. */
export class SecretUnavailableError extends Error {}

/** Sends operations, and retries them until Drawbridge responds. `url` is the GraphQL endpoint. */
export class Drawbridge {
  #url;
  #token;

  constructor(url, token) {
    this.#url = url;
    this.#token = token;
  }

  /** Returns the id of the integration with this name; throws RefusedError. */
  async find(name) {
    const { integrations } = await this.#execute(FIND, { name });
    const [found] = integrations.nodes;
    if (!found) throw new RefusedError("NOT_FOUND", `There is no integration named “${name}”.`);
    return found.id;
  }

  /** Returns the cursor of the newest event. */
  async newestCursor() {
    return (await this.#execute("{ eventCursor }")).eventCursor;
  }

  /** Returns the next events of the integration after a cursor, at most 100; throws RefusedError. */
  async events(integration, after) {
    return (await this.#execute(EVENTS, { integration, after })).events.nodes;
  }

  /**
   * Returns secretKey, stripeAccountId, livemode and expiresAt; throws SecretUnavailableError or RefusedError.
   * An access token of a Stripe App is used until expiresAt. It is null for keys.
   */
  async reveal(integrationId, reason) {
    for (let attempt = 0; ; attempt++) {
      const { __typename, message, ...revealed } = (await this.#execute(REVEAL, { input: { integrationId, reason } }))
        .revealSecret;
      if (__typename === "RevealSecretSuccess") return revealed;
      if (__typename !== "StripeUnavailableError") throw new SecretUnavailableError(message);
      console.log("Retrying:", message);
      await pause(attempt);
    }
  }

  /** Reports that Stripe answered 401 to the integration's secret; returns Drawbridge's message. */
  async reportFailure(integrationId) {
    return (await this.#execute(REPORT, { input: { integrationId } })).reportCredentialFailure.message;
  }

  /** Returns the operation's data. Retries use the same Idempotency-Key, so a mutation is applied once. */
  async #execute(query, variables) {
    const headers = {
      Authorization: `Bearer ${this.#token}`,
      "Content-Type": "application/json",
      "Idempotency-Key": randomUUID(),
    };
    for (let attempt = 0; ; attempt++) {
      try {
        return dataOf(await post(this.#url, headers, JSON.stringify({ query, variables })));
      } catch (error) {
        if (!(error instanceof TemporaryError)) throw error;
        console.log("Retrying:", error.message);
        await pause(attempt);
      }
    }
  }
}

/** Returns the parsed response; throws TemporaryError for rate limits, network errors and a proxy's own error pages. */
async function post(url, headers, body) {
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(30_000) });
    if (response.status !== 429) return await response.json();
  } catch (error) {
    throw new TemporaryError(error.name);
  }
  throw new TemporaryError("The rate limit is exceeded.");
}

/** Returns the response's data; throws TemporaryError or RefusedError if it contains errors. */
export function dataOf({ data, errors }) {
  if (errors?.length) throw exceptionOf(errors);
  return data;
}

/** Converts an operation's errors to an exception. */
export function exceptionOf([{ message, extensions }]) {
  const code = extensions?.code ?? "UNKNOWN";
  return TEMPORARY.has(code) ? new TemporaryError(message) : new RefusedError(code, message);
}

/** Waits before a retry: exponential backoff with jitter, half a minute at most. */
export async function pause(attempt) {
  await sleep(Math.min(30_000, 250 * 2 ** attempt) * (0.5 + Math.random() / 2));
}
