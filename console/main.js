/** Starts the console: https://preactjs.com/guide/v10/no-build-workflows/ */

import { html, render } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { execute } from "./api/client.js";
import { VIEWER } from "./api/operations.js";
import { askAgain, takeFragment, token } from "./api/session.js";
import { App } from "./app.js";
import { Failure, Loading } from "./parts/page.js";
import { SignIn } from "./sign_in.js";

function Console() {
  const [viewer, setViewer] = useState(/** @type {import("./api/types.js").Viewer | null} */ (null));
  const [failure, setFailure] = useState(/** @type {any} */ (null));
  const enter = () =>
    execute(VIEWER).then(
      (data) => setViewer(data.viewer),
      (failure) => (failure.code === "UNAUTHENTICATED" ? askAgain("This token does not work.") : setFailure(failure)),
    );
  useEffect(() => {
    if (token()) enter();
  }, []);
  if (!token()) return html`<${SignIn} onToken=${enter} />`;
  if (failure) return html`<main class="container"><${Failure} failure=${failure} onRetry=${() => location.reload()} /></main>`;
  return viewer ? html`<${App} viewer=${viewer} greet=${byLink} />` : html`<main class="container"><${Loading} /></main>`;
}

const byLink = takeFragment();
// Opening a link with a token in a tab that already shows the console changes only the fragment.
addEventListener("hashchange", () => {
  if (/^#(token|state)=/.test(location.hash)) location.reload();
});
render(html`<${Console} />`, document.body);
