/** The address after `#/`: a path and its parameters, so that links, Back and refresh work without the server. */

import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { isLeaving } from "../api/session.js";

/** @typedef {{ path: string[], parameters: Record<string, string> }} Route */

/** @param {string} hash @returns {Route} */
function routeOf(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/"), parameters: Object.fromEntries(new URLSearchParams(query)) };
}

/** The path of an address, whatever its parameters. @param {string} hash */
export const pathOf = (hash) => routeOf(hash).path.join("/");

/** @param {string} path */
export const goTo = (path) => location.assign(`#/${path}`);

/**
 * Changes parameters of the current address; empty ones are removed.
 * @param {Record<string, string | undefined>} changes
 * @param {{ replace?: boolean }} [how] `replace`: Back skips the state before, as while typing
 */
export function setParameters(changes, { replace = false } = {}) {
  const { path, parameters } = routeOf(location.hash);
  const changed = Object.entries({ ...parameters, ...changes }).filter(([, value]) => value);
  const query = new URLSearchParams(/** @type {[string, string][]} */ (changed)).toString();
  const hash = `#/${path.join("/")}${query && `?${query}`}`;
  if (replace) location.replace(hash);
  else location.assign(hash);
}

// The hash of the page before this one; empty after a refresh, or in a new tab.
let before = "";

export const cameFrom = () => before;

// Whether the page has something that leaving would lose. There is one form at a time.
let unsaved = false;

/** Makes the browser and the console ask before this page is left. @param {boolean} now */
export function useUnsaved(now) {
  useEffect(() => {
    unsaved = now;
    if (!now) return;
    const ask = (/** @type {Event} */ event) => isLeaving() || event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => {
      unsaved = false;
      removeEventListener("beforeunload", ask);
    };
  }, [now]);
}

/** Lets the next navigation pass without a question. */
export const discard = () => void (unsaved = false);

/**
 * The current route, and the address that the user wants to leave for while something is unsaved.
 * @returns {{ route: Route, wanted: string, stay: () => void, leave: () => void }}
 */
export function useRoute() {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  const [wanted, setWanted] = useState("");
  // Before painting: a user may be faster than an effect.
  useLayoutEffect(() => {
    const moved = (/** @type {HashChangeEvent} */ event) => {
      const next = routeOf(location.hash);
      const stays = pathOf(location.hash) === pathOf(new URL(event.oldURL).hash);
      if (stays || !unsaved) {
        if (!stays) before = new URL(event.oldURL).hash;
        return setRoute(next);
      }
      setWanted(location.hash);
      history.replaceState(null, "", event.oldURL);
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const stay = () => setWanted("");
  const leave = () => {
    discard();
    stay();
    setTimeout(() => location.assign(wanted)); // after the dialog has given the focus back, so that the new page takes it
  };
  return { route, wanted, stay, leave };
}
