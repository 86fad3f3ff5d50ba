/** The frame around each page: where one is, whether it is live, and what has just been done. */

import { html } from "htm/preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { follow } from "./api/live.js";
import { askAgain, signOut } from "./api/session.js";
import { PAGES, pageOf } from "./pages.js";
import { Session } from "./parts/session.js";
import { Messages, useMessages } from "./parts/messages.js";
import { useRoute } from "./parts/route.js";

// Events that come faster than this are answered by one reading of the page's data.
const BREATH_MILLISECONDS = 200;

/** What is worth a message, wherever one is. @param {import("./api/types.js").LogEvent} event */
function noticeOf({ kind, name, credentialStatus }) {
  if (kind === "CREDENTIAL_EXPIRING") return `“${name}” is removed in two minutes, unless Stripe is connected.`;
  if (kind === "CREDENTIAL_EXPIRED") return `“${name}” was not completed in time, and has been removed.`;
  if (kind === "CREDENTIAL_STATUS_CHANGED" && credentialStatus === "DISCONNECTED") return `“${name}” is not connected any more.`;
}

/** @param {{ viewer: import("./api/types.js").Viewer, greet: boolean }} properties `greet`: who came by a link did not say who they are */
export function App({ viewer, greet }) {
  const { messages, tell, dismiss } = useMessages();
  const may = useCallback(
    (/** @type {import("./api/types.js").Scope} */ scope) =>
      viewer.scopes.includes(scope) || (scope === "READ" && viewer.scopes.includes("CONFIGURE")),
    [],
  );
  const { changes, refresh, connection } = useLive(may("READ"), tell);
  const session = useMemo(() => ({ may, changes, refresh, tell }), [may, changes, refresh, tell]);
  useEffect(() => {
    if (greet) tell(`Signed in as ${viewer.name} of ${viewer.organization.name}.`);
  }, []);
  const route = useRoute();
  const { Page, path, id } = pageOf(route, may);
  return html`
    <${Session.Provider} value=${session}>
      <${Header} viewer=${viewer} may=${may} current=${path} connection=${connection} />
      <main class="container" key=${route.join("/")}><${Page} id=${id} /></main>
      <${Messages} messages=${messages} dismiss=${dismiss} />
    <//>
  `;
}

/** Counts the changes of the organization, its own and those of others. @param {boolean} allowed @param {(text: string) => void} tell */
function useLive(allowed, tell) {
  const [changes, setChanges] = useState(0);
  const [connection, setConnection] = useState(allowed ? "connecting" : "");
  const refresh = useCallback(() => setChanges((count) => count + 1), []);
  useEffect(() => {
    if (!allowed) return;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    follow({
      changed(event) {
        timer ??= setTimeout(() => ((timer = undefined), refresh()), BREATH_MILLISECONDS);
        const notice = noticeOf(event);
        if (notice) tell(notice);
      },
      state(connection) {
        setConnection(connection);
        if (connection === "live") refresh(); // what has changed before, or could not be read
      },
      refused: () => askAgain("This token has been revoked, has expired, or may do less than before. Sign in again."),
    });
  }, []);
  return { changes, refresh, connection };
}

const CONNECTIONS = { live: "Live", connecting: "Connecting…", away: "Reconnecting…" };

/**
 * @param {object} properties
 * @param {import("./api/types.js").Viewer} properties.viewer
 * @param {(scope: import("./api/types.js").Scope) => boolean} properties.may
 * @param {string} properties.current
 * @param {string} properties.connection
 */
function Header({ viewer, may, current, connection }) {
  const pages = PAGES.filter((page) => may(page.scope));
  return html`
    <header class="top">
      <div class="container">
        <a class="brand" href="#/">Drawbridge</a>
        <nav aria-label="Pages">
          ${pages.map(
            ({ path, title }) =>
              html`<a href=${`#/${path}`} aria-current=${path === current ? "page" : undefined}>${title}</a>`,
          )}
        </nav>
        <div class="who">
          <span class=${`connection ${connection}`} role="status">
            ${CONNECTIONS[/** @type {keyof typeof CONNECTIONS} */ (connection)]}
          </span>
          <span>${viewer.name} · ${viewer.organization.name}</span>
          <button class="plain" onClick=${signOut}>Sign out</button>
        </div>
      </div>
    </header>
  `;
}
