// Events as server-sent events: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
// in its "distinct connections mode": one request, one stream.

import { createClient, NetworkError } from "graphql-sse";

import { dataOf, FOLLOW, LostError, RefusedError } from "./drawbridge.js";

const PASSING = new Set([408, 409, 429]);

/** The events after a cursor, until the connection ends; throws LostError or RefusedError. */
export async function* events(url, token, after) {
  const client = createClient({
    url,
    headers: { Authorization: `Bearer ${token}` },
    retryAttempts: 0, // the library would subscribe again with the first cursor, not with the last
  });
  try {
    for await (const answer of client.iterate({ query: FOLLOW, variables: { after } })) yield dataOf(answer).events;
  } catch (error) {
    throw await told(error);
  } finally {
    client.dispose();
  }
}

/** What an error means: an answer from 400 to 499 tells in its body why the client is at fault. */
async function told(error) {
  if (!(error instanceof NetworkError)) return error;
  const { status } = error.response ?? {};
  if (!(status >= 400 && status < 500) || PASSING.has(status)) return new LostError(error.message);
  const [refusal] = (await error.response.json().catch(() => ({}))).errors ?? [];
  return new RefusedError(refusal?.extensions?.code ?? String(status), refusal?.message ?? error.message);
}
