// Events over WebSocket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.

import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { dataOf, failure, FOLLOW, LostError, RefusedError } from "./drawbridge.js";

const INITIALISATION_TIMED_OUT = 4408;

/** The events after a cursor, until the connection ends; throws LostError or RefusedError. */
export async function* events(url, token, after) {
  let dead;
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    retryAttempts: 0, // the library would subscribe again with the first cursor, not with the last
    keepAlive: 20_000,
    on: {
      ping: (received) => {
        if (!received) dead = setTimeout(() => client.terminate(), 10_000);
      },
      pong: () => clearTimeout(dead),
      closed: () => clearTimeout(dead),
    },
  });
  try {
    for await (const answer of client.iterate({ query: FOLLOW, variables: { after } })) yield dataOf(answer).events;
  } catch (error) {
    throw told(error);
  } finally {
    await client.dispose();
  }
}

/** 4400 to 4499 tell that the client is at fault: 4403 that its token does not hold. All other codes pass. */
function told(error) {
  if (error instanceof LostError || error instanceof RefusedError) return error;
  if (Array.isArray(error)) return failure(error);
  const { code, reason } = error;
  if (code >= 4400 && code < 4500 && code !== INITIALISATION_TIMED_OUT) return new RefusedError(String(code), reason);
  return new LostError(code ? `closed with ${code}` : "broken off");
}
