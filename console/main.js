/** Starts the console: https://preactjs.com/guide/v10/no-build-workflows/ */

import { html, render } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { execute } from "./api/client.js";
import { VIEWER } from "./api/operations.js";
import { forgetToken, takeFragment, token } from "./api/session.js";
import { App } from "./app.js";
import { Failure, Loading } from "./parts/page.js";
import { SignIn } from "./sign_in.js";

function Console() {
  const [viewer, setViewer] = useState(/** @type {import("./api/types.js").Viewer | null} */ (null));
  const [failure, setFailure] = useState(/** @type {any} */ (null));
  const [signing, setSigning] = useState(!token()); // shows the sign-in page until its token works
  const [busy, setBusy] = useState(false);
  const enter = async () => {
    setBusy(true);
    setFailure(null);
    try {
      setViewer((await execute(VIEWER)).viewer);
    } catch (/** @type {any} */ failure) {
      if (failure.code === "UNAUTHENTICATED") {
        forgetToken();
        setSigning(true);
      }
      setFailure(failure);
    }
    setBusy(false);
  };
  useEffect(() => {
    if (token()) enter();
  }, []);
  if (viewer) return html`<${App} viewer=${viewer} />`;
  if (signing) return html`<${SignIn} busy=${busy} refused=${failure && refusal(failure)} onToken=${enter} />`;
  if (failure) return html`<main class="container"><${Failure} failure=${failure} onRetry=${enter} /></main>`;
  return html`<main class="container"><${Loading} /></main>`;
}

/** @param {{ code?: string, message: string }} failure */
const refusal = ({ code, message }) => (code === "UNAUTHENTICATED" ? "This token does not work." : message);

takeFragment();
// Opening a link with a token in a tab that already shows the console changes only the fragment.
addEventListener("hashchange", () => {
  if (/^#(token|state)=/.test(location.hash)) location.reload();
});
render(html`<${Console} />`, document.body);
