// Events as server-sent events: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
// in its "distinct connections mode": one stream per request.

import { createClient, NetworkError } from "graphql-sse";

import { dataOf, FOLLOW, TemporaryError, RefusedError } from "./drawbridge.js";

const TEMPORARY = new Set([408, 409, 429]);

/** Yields an integration's events after a cursor until the connection ends; throws TemporaryError or RefusedError. */
export async function* events(url, token, integration, after) {
  const client = createClient({
    url,
    headers: { Authorization: `Bearer ${token}` },
    retryAttempts: 0, // the library would resubscribe with the first cursor instead of the last
  });
  try {
    const variables = { integration, after };
    for await (const answer of client.iterate({ query: FOLLOW, variables })) yield dataOf(answer).events;
  } catch (error) {
    throw await toException(error);
  } finally {
    client.dispose();
  }
}

/** Converts an error. The body of a response from 400 to 499 explains the client's error. */
async function toException(error) {
  if (!(error instanceof NetworkError)) return error;
  const { status } = error.response ?? {};
  if (!(status >= 400 && status < 500) || TEMPORARY.has(status)) return new TemporaryError(error.message);
  const [refusal] = (await error.response.json().catch(() => ({}))).errors ?? [];
  return new RefusedError(refusal?.extensions?.code ?? String(status), refusal?.message ?? error.message);
}
