/** Shared by all parts of the page: the viewer's permissions, the count of changes, and messages. */

import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { execute, isOpen, mutate, newKey } from "../api/client.js";
import { askAgain } from "../api/session.js";
import { pathOf } from "./route.js";

/**
 * @typedef {object} SessionValue
 * @property {(scope: import("../api/types.js").Scope) => boolean} may
 * @property {number} changes the number of changes that this page has been notified of
 * @property {import("../api/types.js").Viewer} viewer
 * @property {Record<string, string>} parameters of the address
 * @property {() => void} refresh reloads all visible data
 * @property {(notice: import("./messages.js").Notice) => void} tell
 */
export const Session = createContext(/** @type {SessionValue} */ (/** @type {unknown} */ (null)));

export const useSession = () => useContext(Session);

/**
 * The data of a query, reloaded after every change. Old data stays visible until new data arrives; `of` tells which
 * variables it is the data of.
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 */
export function useQuery(query, variables = {}) {
  const { changes, refresh } = useSession();
  const of = JSON.stringify(variables);
  const [state, setState] = useState(/** @type {{ data?: any, failure?: any, of?: string }} */ ({}));
  const asked = useRef(0);
  const answered = useRef(0);
  useEffect(() => {
    const turn = ++asked.current;
    const take = (/** @type {{ data?: any, failure?: any, of?: string }} */ answer) => {
      if (turn < answered.current) return; // a later request was faster
      answered.current = turn;
      setState((before) => ({ ...before, failure: undefined, ...answer }));
    };
    execute(query, variables).then(
      (data) => take({ data, of }),
      (failure) => (failure.code === "UNAUTHENTICATED" ? askAgain("This token no longer works.") : take({ failure })),
    );
  }, [query, of, changes]);
  return { ...state, retry: refresh, loading: !state.failure && state.of !== of };
}

const SLOW_MILLISECONDS = 2000;
const SLOW = "Still working. Stripe can take ten seconds to respond.";
const UNKNOWN = "The server could not be reached, so it is unknown whether this was saved. Try again: nothing is done twice.";

/**
 * Sends a mutation and shows a message on success. Its error is returned for a form to show.
 * `progress` is a sentence for waiting users.
 * @param {string} query
 */
export function useMutation(query) {
  const { tell, refresh } = useSession();
  const [busy, setBusy] = useState(false);
  const [progress, setProgress] = useState("");
  const [error, setError] = useState(/** @type {import("../api/types.js").Result | null} */ (null));
  // An input whose outcome is unknown is sent again with its key.
  const open = useRef({ input: "", key: "" });

  /**
   * @param {Record<string, unknown>} input
   * @param {{ told?: (result: import("../api/types.js").Result) => import("./messages.js").Notice | null }} [how] another message than the server's
   * @returns {Promise<import("../api/types.js").Result | null>} null after an error, or if the user has left the page
   */
  async function send(input, { told = ({ message }) => ({ text: message }) } = {}) {
    if (busy) return null;
    const text = JSON.stringify(input);
    const key = open.current.input === text ? open.current.key : newKey();
    open.current = { input: text, key };
    setBusy(true);
    setError(null);
    const page = pathOf(location.hash);
    const slow = setTimeout(() => setProgress(SLOW), SLOW_MILLISECONDS);
    try {
      const result = await mutate(query, input, key, (attempt) => setProgress(`The server could not be reached. Trying again (${attempt})…`));
      open.current = { input: "", key: "" };
      if (!result.__typename.endsWith("Success")) throw result;
      const notice = told(result);
      if (notice) tell(notice);
      refresh();
      return pathOf(location.hash) === page ? result : null; // do not navigate a user who has left the page
    } catch (/** @type {any} */ failure) {
      setError(isOpen(failure) ? { __typename: "", message: UNKNOWN } : failure);
      return null;
    } finally {
      clearTimeout(slow);
      setProgress("");
      setBusy(false);
    }
  }
  return { send, busy, error, progress };
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
