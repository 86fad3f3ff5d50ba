/** GraphiQL on this server's endpoint: https://github.com/graphql/graphiql/tree/main/packages/graphiql */

import { createClient } from "graphql-ws";

/** @type {any} */
const { GraphiQL, React, ReactDOM } = window;
const endpoint = new URL("../graphql", import.meta.url);

/** The header editor's headers go with each request, and into each socket's connection_init: a socket is opened per operation. */
function fetcher(/** @type {unknown} */ parameters, /** @type {{ headers?: Record<string, string> }} */ options) {
  const wsClient = createClient({
    url: endpoint.href.replace(/^http/, "ws"),
    connectionParams: options?.headers,
    retryAttempts: 0,
  });
  return GraphiQL.createFetcher({ url: endpoint.href, wsClient })(parameters, options);
}

/** What a link or Stripe's answer brought, which is taken out of the address; a token is kept for this tab. */
function takeFragment() {
  const { token, ...variables } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (token) sessionStorage.setItem("drawbridge.token", token);
  if (location.hash) history.replaceState(null, "", location.pathname);
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
    storage: sessionStorage, // what is typed may hold a secret key: it goes with the tab
  }),
);
