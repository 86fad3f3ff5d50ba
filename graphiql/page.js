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

/** The token of a link, which is taken out of the address; it goes into the header editor. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? sessionStorage.getItem("drawbridge.token");
  if (location.hash) history.replaceState(null, "", location.pathname);
  return token ?? "YOUR_TOKEN";
}

const examples = await (await fetch(new URL("examples.graphql", import.meta.url))).text();
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: examples,
    defaultHeaders: JSON.stringify({ Authorization: `Bearer ${takeToken()}` }, null, 2),
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: false,
    storage: sessionStorage, // what is typed may hold a secret key: it goes with the tab
  }),
);
