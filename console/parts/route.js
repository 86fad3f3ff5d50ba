/** The current route: the fragment after `#/`, so that links and the browser's buttons work without the server. */

import { useEffect, useState } from "preact/hooks";

/** @returns {string[]} */
const currentRoute = () => location.hash.replace(/^#\//, "").split("/");

/** @param {string} path */
export const goTo = (path) => location.assign(`#/${path}`);

export function useRoute() {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const moved = () => setRoute(currentRoute());
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return route;
}
