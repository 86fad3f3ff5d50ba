/** The frame around each page: navigation, connection state and messages. */

import { html } from "htm/preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { follow } from "./api/live.js";
import { askAgain, signOut } from "./api/session.js";
import { PAGES, pageOf } from "./pages.js";
import { Leaving } from "./parts/dialog.js";
import { Messages, useMessages } from "./parts/messages.js";
import { useRoute } from "./parts/route.js";
import { Session } from "./parts/session.js";

// Events that arrive within this time cause one refresh of the page's data.
const REFRESH_DELAY_MILLISECONDS = 200;

/** The message for an event that users should notice on every page. @param {import("./api/types.js").LogEvent} event */
function noticeOf({ kind, name, reason, previousCredentialStatus: before, credentialStatus: after }) {
  if (kind === "CREDENTIAL_EXPIRING") return `“${name}” will be removed in two minutes unless you connect it to Stripe.`;
  if (kind === "CREDENTIAL_EXPIRED") return `“${name}” was not completed in time, and has been removed.`;
  if (kind === "WEBHOOK_ENDPOINT_DISABLED" && reason) return `Webhooks to “${name}” were switched off. ${reason}`;
  if (kind !== "CREDENTIAL_STATUS_CHANGED") return;
  if (after === "DISCONNECTED") return `“${name}” is no longer connected.`;
  if (before === "DISCONNECTED" && after === "CONNECTED") return `“${name}” is connected again.`;
}

/** @param {{ viewer: import("./api/types.js").Viewer }} properties */
export function App({ viewer }) {
  const { messages, tell, dismiss } = useMessages();
  const may = useCallback(
    (/** @type {import("./api/types.js").Scope} */ scope) =>
      viewer.scopes.includes(scope) || (scope === "READ" && viewer.scopes.includes("CONFIGURE")),
    [],
  );
  const { changes, refresh, connection } = useLive(may("READ"), tell, viewer);
  const { route, wanted, stay, leave } = useRoute();
  const session = useMemo(
    () => ({ viewer, may, changes, refresh, tell, parameters: route.parameters }),
    [may, changes, refresh, tell, route],
  );
  const { Page, section, id } = pageOf(route.path, may);
  useLayoutEffect(() => {
    if (!route.path[0] && section) location.replace(`#/${section}`); // one address for each page
  }, [route]);
  return html`
    <${Session.Provider} value=${session}>
      <${Header} viewer=${viewer} may=${may} current=${section} connection=${connection} />
      <main class="container" key=${route.path.join("/") || section}><${Page} id=${id} /></main>
      <${Messages} messages=${messages} dismiss=${dismiss} />
      ${wanted && html`<${Leaving} stay=${stay} leave=${leave} />`}
    <//>
  `;
}

/**
 * Counts the organization's changes, including those of other clients.
 * @param {boolean} allowed
 * @param {(notice: import("./parts/messages.js").Notice) => void} tell
 * @param {import("./api/types.js").Viewer} viewer
 */
function useLive(allowed, tell, viewer) {
  const [changes, setChanges] = useState(0);
  const [connection, setConnection] = useState(allowed ? "connecting" : "");
  const refresh = useCallback(() => setChanges((count) => count + 1), []);
  useEffect(() => {
    if (!allowed) return;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    follow({
      changed(event) {
        timer ??= setTimeout(() => ((timer = undefined), refresh()), REFRESH_DELAY_MILLISECONDS);
        const text = noticeOf(event);
        const own = event.actor.id !== null && event.actor.id === viewer.token?.id; // its own message has been shown
        if (text && !own) tell({ text });
      },
      state(connection) {
        setConnection(connection);
        if (connection === "live") refresh(); // reads changes from before the connection, and retries failed queries
      },
      refused: () => askAgain("This token was revoked, has expired or has lost permissions. Sign in again."),
    });
    addEventListener("offline", () => setConnection("offline"));
  }, []);
  return { changes, refresh, connection };
}

const CONNECTIONS = { live: "Live", connecting: "Connecting…", away: "Reconnecting…", offline: "Offline" };

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
          <a href="#/help" aria-current=${current === "help" ? "page" : undefined}>Help</a>
        </nav>
        <div class="who">
          <span class=${`connection ${connection}`} role="status">
            ${CONNECTIONS[/** @type {keyof typeof CONNECTIONS} */ (connection)]}
          </span>
          <span><bdi>${viewer.name}</bdi> · <bdi>${viewer.organization.name}</bdi></span>
          <button class="plain" onClick=${signOut}>Sign out</button>
        </div>
      </div>
    </header>
  `;
}
