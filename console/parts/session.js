/** Shared by all parts of the page: the viewer's permissions, the count of changes, and messages. */

import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { execute, mutate } from "../api/client.js";
import { askAgain } from "../api/session.js";

/**
 * @typedef {object} SessionValue
 * @property {(scope: import("../api/types.js").Scope) => boolean} may
 * @property {number} changes the number of changes that this page has been notified of
 * @property {() => void} refresh reloads all visible data
 * @property {(text: string) => void} tell
 */
export const Session = createContext(/** @type {SessionValue} */ (/** @type {unknown} */ (null)));

export const useSession = () => useContext(Session);

/**
 * The data of a query, reloaded after every change. Old data stays visible until new data arrives.
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 */
export function useQuery(query, variables = {}) {
  const { changes, refresh } = useSession();
  const [state, setState] = useState(/** @type {{ data?: any, failure?: any }} */ ({}));
  const asked = useRef(0);
  const answered = useRef(0);
  useEffect(() => {
    const turn = ++asked.current;
    const take = (/** @type {{ data?: any, failure?: any }} */ answer) => {
      if (turn < answered.current) return; // a later request was faster
      answered.current = turn;
      setState((before) => ({ ...before, failure: undefined, ...answer }));
    };
    execute(query, variables).then(
      (data) => take({ data }),
      (failure) => (failure.code === "UNAUTHENTICATED" ? askAgain("This token no longer works.") : take({ failure })),
    );
  }, [query, JSON.stringify(variables), changes]);
  return { ...state, retry: refresh };
}

/**
 * Sends a mutation and shows a message on success. Its error is returned for a form to show, or shown as a message too.
 * @param {string} query
 * @param {{ tellErrors?: boolean }} [how]
 */
export function useMutation(query, { tellErrors = false } = {}) {
  const { tell, refresh } = useSession();
  const [busy, setBusy] = useState(false);
  const shown = useRef(true);
  useEffect(() => () => void (shown.current = false), []);
  const [error, setError] = useState(/** @type {import("../api/types.js").Result | null} */ (null));

  /**
   * @param {Record<string, unknown>} input
   * @returns {Promise<import("../api/types.js").Result | null>} null after an error, or if the user has left the page
   */
  async function send(input) {
    if (busy) return null;
    setBusy(true);
    setError(null);
    try {
      const result = await mutate(query, input);
      if (!result.__typename.endsWith("Success")) throw result;
      tell(result.message);
      refresh();
      return shown.current ? result : null; // do not navigate a user who has left the page
    } catch (failure) {
      setError(/** @type {any} */ (failure));
      if (tellErrors) tell(/** @type {any} */ (failure).message);
      return null;
    } finally {
      setBusy(false);
    }
  }
  return { send, busy, error };
}

/**
 * The version that a form edits: the one it was opened with, or the one from the last StaleVersionError.
 * @param {number} opened
 * @param {import("../api/types.js").Result | null} error
 */
export function useSeenVersion(opened, error) {
  const version = useRef(opened);
  version.current = error?.currentVersion ?? version.current;
  return version.current;
}
