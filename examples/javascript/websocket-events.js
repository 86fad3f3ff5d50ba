// Events over WebSocket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.

import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { dataOf, exceptionOf, FOLLOW, TemporaryError, RefusedError } from "./drawbridge.js";

const INITIALISATION_TIMED_OUT = 4408;

/** Yields an integration's events after a cursor until the connection ends; throws TemporaryError or RefusedError. */
export async function* events(url, token, integration, after) {
  let timer;
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    retryAttempts: 0, // the library would resubscribe with the first cursor instead of the last
    keepAlive: 20_000,
    on: {
      ping: (received) => {
        if (!received) timer = setTimeout(() => client.terminate(), 10_000);
      },
      pong: () => clearTimeout(timer),
      closed: () => clearTimeout(timer),
    },
  });
  try {
    const variables = { integration, after };
    for await (const answer of client.iterate({ query: FOLLOW, variables })) yield dataOf(answer).events;
  } catch (error) {
    throw toException(error);
  } finally {
    await client.dispose();
  }
}

/** Close codes from 4400 to 4499 are client errors, such as 4403 for an invalid token. Others are temporary. */
function toException(error) {
  if (error instanceof TemporaryError || error instanceof RefusedError) return error;
  if (Array.isArray(error)) return exceptionOf(error);
  const { code, reason } = error;
  if (code >= 4400 && code < 4500 && code !== INITIALISATION_TIMED_OUT) return new RefusedError(String(code), reason);
  return new TemporaryError(code ? `closed with ${code}` : "connection lost");
}
