/** Executes operations over HTTP: https://graphql.github.io/graphql-over-http/draft/ */

import { learn } from "./clock.js";
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
  const { data, errors } = await post({ query, variables }, headers).catch(() => {
    throw new ApiError("The server could not be reached.");
  });
  if (errors) throw new ApiError(errors[0].message, errors[0].extensions?.code);
  return data;
}

/**
 * @param {object} body
 * @param {Record<string, string>} headers
 */
async function post(body, headers) {
  const sentAt = Date.now();
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json",
      Authorization: `Bearer ${token()}`,
      "Content-Type": "application/json",
      ...headers,
    },
    body: JSON.stringify(body),
  });
  learn(response, sentAt);
  return response.json();
}

/**
 * Returns the result of the mutation's only field. A request without a response is retried with the same idempotency
 * key, so the server does not apply it twice.
 * @param {string} query
 * @param {Record<string, unknown>} input
 * @param {string} key
 * @param {(attempt: string) => void} retrying is given a text such as "2 of 5"
 * @returns {Promise<import("./types.js").Result>}
 */
export async function mutate(query, input, key, retrying) {
  for (let tried = 1; ; tried++) {
    try {
      return Object.values(await execute(query, { input }, { "Idempotency-Key": key }))[0];
    } catch (failure) {
      if (tried === TRIES || !isOpen(failure)) throw failure;
      retrying(`${tried + 1} of ${TRIES}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS * 2 ** tried));
    }
  }
}

/** Whether it is unknown if the mutation was applied. @param {unknown} failure */
export const isOpen = (failure) => failure instanceof ApiError && RETRYABLE.has(failure.code);

/** 128 random bits. `crypto.randomUUID` exists only in secure contexts: over TLS or on localhost. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
