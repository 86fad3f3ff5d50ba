/** What every part of the page may know: what the viewer may do, that something has changed, and how to tell of it. */

import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { execute, mutate } from "../api/client.js";
import { askAgain } from "../api/session.js";

/**
 * @typedef {object} SessionValue
 * @property {(scope: import("../api/types.js").Scope) => boolean} may
 * @property {number} changes counts the changes that this page has heard of
 * @property {() => void} refresh reads everything that is shown again
 * @property {(text: string) => void} tell
 */
export const Session = createContext(/** @type {SessionValue} */ (/** @type {unknown} */ (null)));

export const useSession = () => useContext(Session);

/**
 * The data of a query, read again whenever something has changed. What is shown stays until there is something newer.
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
      if (turn < answered.current) return; // a later one has been quicker
      answered.current = turn;
      setState((before) => ({ ...before, failure: undefined, ...answer }));
    };
    execute(query, variables).then(
      (data) => take({ data }),
      (failure) => (failure.code === "UNAUTHENTICATED" ? askAgain("This token does not work any more.") : take({ failure })),
    );
  }, [query, JSON.stringify(variables), changes]);
  return { ...state, retry: refresh };
}

/**
 * Sends a mutation, and tells of its success. Its error stays until the next one is sent, for a form to show; or is told, too.
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
   * @returns {Promise<import("../api/types.js").Result | null>} null if there is nothing more to do
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
      return shown.current ? result : null; // who has gone elsewhere is not called back
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
 * The version that a form is about: the one that it was opened with, or has been told of since.
 * @param {number} opened
 * @param {import("../api/types.js").Result | null} error
 */
export function useSeenVersion(opened, error) {
  const version = useRef(opened);
  version.current = error?.currentVersion ?? version.current;
  return version.current;
}
