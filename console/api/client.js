/** Executes operations over HTTP: https://graphql.github.io/graphql-over-http/draft/ */

import { token } from "./session.js";

const ENDPOINT = new URL("../../graphql", import.meta.url);
const TRIES = 5;
const PAUSE_MILLISECONDS = 500;
// No response, or one that leaves it open whether the mutation was applied.
const RETRYABLE = new Set([undefined, "IDEMPOTENCY_KEY_IN_USE", "SERVICE_UNAVAILABLE"]);

/** An error of the API, with its `extensions.code`; without a code if there was no response. */
export class ApiError extends Error {
  /** @param {string} message @param {string} [code] */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/**
 * Returns the operation's data.
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Record<string, any>>}
 */
export async function execute(query, variables = {}, headers = {}) {
  const { data, errors } = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json",
      Authorization: `Bearer ${token()}`,
      "Content-Type": "application/json",
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  })
    .then((response) => response.json())
    .catch(() => {
      throw new ApiError("The server could not be reached.");
    });
  if (errors) throw new ApiError(errors[0].message, errors[0].extensions?.code);
  return data;
}

/**
 * Returns the result of the mutation's only field. A request without a response is retried with the same idempotency
 * key, so the server does not apply it twice.
 * @param {string} query
 * @param {Record<string, unknown>} input
 * @returns {Promise<import("./types.js").Result>}
 */
export async function mutate(query, input) {
  const headers = { "Idempotency-Key": newKey() };
  for (let tried = 1; ; tried++) {
    try {
      return Object.values(await execute(query, { input }, headers))[0];
    } catch (failure) {
      if (tried === TRIES || !RETRYABLE.has(/** @type {ApiError} */ (failure).code)) throw failure;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS * 2 ** tried));
    }
  }
}

/** 128 random bits. `crypto.randomUUID` exists only in secure contexts: over TLS or on localhost. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
