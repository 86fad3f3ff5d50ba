/** Follows the organization's event log: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */

import { createClient } from "graphql-ws";
import { execute } from "./client.js";
import { EVENT_CURSOR, FOLLOW } from "./operations.js";
import { token } from "./session.js";

const PING_MILLISECONDS = 10_000;
const PONG_MILLISECONDS = 5_000;
const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 15_000;
// WebSocket close codes, and the error code of an HTTP response.
const REFUSALS = new Set([4401, 4403, "UNAUTHENTICATED"]);

/**
 * Reports every event from now on, once and in order, across reconnections.
 * @param {object} listener
 * @param {(event: import("./types.js").LogEvent) => void} listener.changed
 * @param {(state: "live" | "away") => void} listener.state data that is read after "live" includes all changes before the reported events
 * @param {() => void} listener.refused the token has no access, or has lost it
 */
export async function follow({ changed, state, refused }) {
  /** @type {string | null} */
  let cursor = null;
  let failures = 0;

  async function connect() {
    cursor ??= (await execute(EVENT_CURSOR)).eventCursor;
    const client = newClient(() => state("live"));
    try {
      for await (const result of client.iterate({ query: FOLLOW, variables: { after: cursor } })) take(result);
    } finally {
      client.dispose();
    }
  }

  /** @param {any} result */
  function take({ data, errors }) {
    if (errors) throw errors;
    failures = 0;
    cursor = data.events.cursor;
    changed(data.events);
  }

  for (;;) {
    try {
      await connect();
    } catch (/** @type {any} */ failure) {
      if (REFUSALS.has(failure.code)) return refused();
      failures++; // after any failure, the next connection resumes from the cursor
      if (failure[0]?.extensions?.code === "INVALID_CURSOR") {
        cursor = null; // the log was replaced, as after a restore: start over soon
        failures = 0;
      }
    }
    state("away");
    await pauseOrWake(Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** failures * Math.random(), LONGEST_PAUSE_MILLISECONDS));
  }
}

/** @param {() => void} connected */
function newClient(connected) {
  /** @type {ReturnType<typeof setTimeout>} */
  let overdue;
  const client = createClient({
    url: new URL("../../graphql", import.meta.url).href.replace(/^http/, "ws"),
    connectionParams: () => ({ Authorization: `Bearer ${token()}` }),
    retryAttempts: 0,
    keepAlive: PING_MILLISECONDS,
    on: {
      connected,
      // A connection that died while the computer slept reports no error.
      ping: () => (overdue = setTimeout(() => client.terminate(), PONG_MILLISECONDS)),
      pong: () => clearTimeout(overdue),
      closed: () => clearTimeout(overdue),
    },
  });
  return client;
}

/** Waits, but stops when the network or the user returns. @param {number} milliseconds */
function pauseOrWake(milliseconds) {
  return new Promise((resolve) => {
    const waking = new AbortController();
    const wake = () => {
      waking.abort();
      clearTimeout(timer);
      resolve(undefined);
    };
    const timer = setTimeout(wake, milliseconds);
    addEventListener("online", wake, { signal: waking.signal });
    document.addEventListener("visibilitychange", () => document.hidden || wake(), { signal: waking.signal });
  });
}
