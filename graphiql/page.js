/** GraphiQL on this server's endpoint: https://github.com/graphql/graphiql/tree/main/packages/graphiql */

import { createClient } from "graphql-ws";

/** @type {any} */
const { GraphiQL, React, ReactDOM } = window;
const endpoint = new URL("../graphql", import.meta.url);

/** Sends the header editor's headers with each request and in connection_init. Each operation opens its own WebSocket. */
function fetcher(/** @type {unknown} */ parameters, /** @type {{ headers?: Record<string, string> }} */ options) {
  const client = createClient({
    url: endpoint.href.replace(/^http/, "ws"),
    connectionParams: options?.headers,
    retryAttempts: 0,
  });
  const wsClient = { ...client, subscribe: readable(client.subscribe) };
  return GraphiQL.createFetcher({ url: endpoint.href, wsClient, fetch: fetchAndShowLinks })(parameters, options);
}

/** Shows a closed socket as a response with an error in words. @param {import("graphql-ws").Client["subscribe"]} subscribe @returns {typeof subscribe} */
const readable = (subscribe) => (payload, sink) =>
  subscribe(payload, {
    ...sink,
    error(failure) {
      if (!(failure instanceof CloseEvent)) return sink.error(failure);
      sink.next(/** @type {any} */ ({ errors: [{ message: wordsFor(failure) }] }));
      sink.complete();
    },
  });

/** @param {CloseEvent} closed */
const wordsFor = ({ code, reason }) =>
  code === 4401 || code === 4403
    ? "A valid token is required. Enter it as the Authorization header in the Headers tab."
    : `The server closed the connection: ${reason || code}.`;

/** Shows a link for each authorization URL in a response: texts in the result cannot be clicked. @type {typeof fetch} */
async function fetchAndShowLinks(input, init) {
  const response = await fetch(input, init);
  const found = (await response.clone().text()).match(/"authorizationUrl":\s*("(?:[^"\\]|\\.)*")/);
  const link = /** @type {HTMLAnchorElement} */ (document.getElementById("authorization"));
  link.hidden = !found;
  if (found) link.href = JSON.parse(found[1]);
  return response;
}

/** Removes the parameters of a link or of Stripe's redirect from the address bar. A token is stored for this tab. */
function takeFragment() {
  const { token, ...variables } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (location.hash) history.replaceState(null, "", location.pathname);
  const before = sessionStorage.getItem("drawbridge.token");
  if (token && (!before || before === token || confirm("This link has another token. Replace the token of this tab?"))) {
    sessionStorage.setItem("drawbridge.token", token);
  }
  return variables;
}

const variables = takeFragment();
const token = sessionStorage.getItem("drawbridge.token") ?? "YOUR_TOKEN";
const examples = await (await fetch(new URL("examples.graphql", import.meta.url))).text();
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: examples.replaceAll("http://127.0.0.1:8000/", new URL("../", import.meta.url).href),
    defaultHeaders: JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2),
    defaultEditorToolsVisibility: variables.state ? "variables" : "headers",
    ...(variables.state && { variables: JSON.stringify(variables, null, 2) }),
    shouldPersistHeaders: false,
    storage: sessionStorage, // the editors may contain a secret key, so they are stored for this tab only
  }),
);
