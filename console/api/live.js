/** Follows the organization's log: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */

import { createClient } from "graphql-ws";
import { execute } from "./client.js";
import { EVENT_CURSOR, FOLLOW } from "./operations.js";
import { token } from "./session.js";

const PING_MILLISECONDS = 10_000;
const PONG_MILLISECONDS = 5_000;
const LONGEST_PAUSE_MILLISECONDS = 15_000;
// The socket's close codes, and the code of an HTTP answer.
const REFUSALS = new Set([4401, 4403, "UNAUTHENTICATED"]);

/**
 * Tells of every event from now on, once and in order, whatever becomes of connections.
 * @param {object} listener
 * @param {(event: import("./types.js").LogEvent | null) => void} listener.changed null: something unknown has changed
 * @param {(state: "live" | "away") => void} listener.state
 * @param {() => void} listener.refused the token is not, or no longer, good for this
 */
export async function follow({ changed, state, refused }) {
  /** @type {string | null} */
  let cursor = null;
  let failures = 0;

  async function connect() {
    if (cursor === null) {
      cursor = (await execute(EVENT_CURSOR)).eventCursor;
      changed(null);
    }
    const client = createClient(options());
    try {
      for await (const result of client.iterate({ query: FOLLOW, variables: { after: cursor } })) take(result);
    } finally {
      client.dispose();
    }
  }

  /** @param {any} result */
  function take({ data, errors }) {
    if (errors) {
      cursor = null; // the log that it belonged to is gone, as after a restore: begin anew
      throw new Error(errors[0].message);
    }
    cursor = data.events.cursor;
    changed(data.events);
  }

  function options() {
    /** @type {WebSocket} */
    let socket;
    /** @type {ReturnType<typeof setTimeout>} */
    let overdue;
    return {
      url: new URL("../../graphql", import.meta.url).href.replace(/^http/, "ws"),
      connectionParams: () => ({ Authorization: `Bearer ${token()}` }),
      retryAttempts: 0,
      keepAlive: PING_MILLISECONDS,
      on: {
        opened: (/** @type {any} */ opened) => (socket = opened),
        connected: () => {
          failures = 0;
          state("live");
        },
        // A connection that died while the computer slept tells nobody.
        ping: () => (overdue = setTimeout(() => socket.close(4408, "No pong"), PONG_MILLISECONDS)),
        pong: () => clearTimeout(overdue),
        closed: () => clearTimeout(overdue),
      },
    };
  }

  for (;;) {
    try {
      await connect();
    } catch (failure) {
      if (REFUSALS.has(/** @type {any} */ (failure).code)) return refused();
      failures++; // whatever else it was, the next connection goes on from the cursor
    }
    state("away");
    await pauseOrWake(Math.min(500 * 2 ** failures * (0.5 + Math.random()), LONGEST_PAUSE_MILLISECONDS));
  }
}

/** Waits, but no longer than until the network or the user is back. @param {number} milliseconds */
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
    document.addEventListener("visibilitychange", wake, { signal: waking.signal });
  });
}
