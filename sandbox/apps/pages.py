"""The pages of the app: consent, and the installations with their codes and tokens."""

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

from sandbox.apps.app import App
from sandbox.apps.installs import EXCHANGES, REFRESHES, Grant, Install, Installs
from sandbox.pages import LOGIN, disconnecting, hidden, options, render, row


def invalid_link() -> HTMLResponse:
    """Stripe's words for a link that is wrong in any way."""
    body = "<h1>Something went wrong</h1><p>The provided OAuth link is invalid.</p>"
    return render(title="Invalid link", body=body, status=400)


def consent(app: App, asked: dict[str, str], *, logged_in: bool) -> HTMLResponse:
    """Asks the user to log in, and then to install. `asked` is the authorization request."""
    body = f"""<div class="sides">
<p><button form="consent" name="decision" value="deny" formnovalidate class="link">← Return to Drawbridge</button></p>
<form method="post" id="consent" class="card">
  <h1>Get started with Stripe</h1>
  {hidden(asked)}
  {_approval(app) if logged_in else LOGIN}
</form></div>"""
    return render(title="Get started with Stripe", body=body + (_choices(app) if logged_in else ""))


def _approval(app: App) -> str:
    mode = "live mode" if app.livemode else "test mode"
    tested = "<p>This app is in external test. Stripe has not reviewed it.</p>" if app.link_id else ""
    permissions = "".join(f"<li><code>{escape(name)}</code></li>" for name in app.permissions)
    return f"""<p>You are logged in as jane@acme.example, the owner of the account Sandbox.</p>
  {tested}<p>Drawbridge asks to be installed in <strong>{mode}</strong>, with these permissions:</p>
  <ul>{permissions}</ul>
  <p><button name="decision" value="approve" class="primary">Install</button>
  <button name="decision" value="deny">Decline</button></p>"""


def _choices(app: App) -> str:
    return f"""<div class="card"><p>Only in the sandbox: choose the outcome of exchanging the code, and the permissions
that are granted. With a lifetime, the tokens end after it, and <code>expires_in</code> names it; Stripe names none.
With 330, Drawbridge refreshes after 30 seconds: five minutes before the end.</p>
<p><label>Outcome <select name="exchange" form="consent">{options(EXCHANGES)}</select></label></p>
<p><label>Permissions <input name="permissions" form="consent" value="{escape(" ".join(app.permissions))}"></label></p>
<p><label>Lifetime in seconds <input name="expires_in" form="consent" inputmode="numeric"></label></p></div>"""


def installed(installs: Installs) -> HTMLResponse:
    """Lists the installations and the grants."""
    body = f"""<h1>Installed apps</h1>
<p>These are stored in memory. After the server restarts, their tokens have expired.</p>
<table><thead><tr><th>Account<th>Mode<th>Status<th></tr></thead><tbody>{_installs(installs.present())}</tbody></table>
<p>Uninstalling sends Stripe's webhook, if the app has the permission <code>event_read</code>. The other webhooks are
those of the <a href="accounts">connected accounts</a>.</p>
<h2>Install</h2>
<p>From the Marketplace, an installation begins without a <code>state</code>.</p>
<ul>{_links(installs)}</ul>
<h2>Tokens</h2>
<p>Each code, and the numbers of attempts to exchange it and of refreshes. Choose the outcome of later refreshes.</p>
<table><thead><tr><th>Code<th>Account<th>Exchanges<th>Refreshes<th></tr></thead>
<tbody>{_grants(installs.grants.values())}</tbody></table>
<p>Refused calls to the token endpoint: {installs.refused}</p>
<h2>Clock</h2>
<form method="post" action="clock"><p>The clock is {installs.clock.ahead} seconds ahead. <label>Move it forward by
<input name="seconds" value="3600" inputmode="numeric"> seconds</label> <button>Move</button></p></form>
<p>Only the sandbox's clock moves. Drawbridge returns a token that has ended here until somebody verifies the credential
or reports the 401 with <code>reportCredentialFailure</code>. To see a refresh on time, install with a lifetime of
330.</p>
<p><a href="./">Back</a></p>"""
    return render(title="Installed apps", body=body)


def _installs(present: Iterable[Install]) -> str:
    rows = "".join(
        row(
            escape(each.account_id),
            "live mode" if each.app.livemode else "test mode",
            "installed" if each.gone_at is None else "uninstalling",
            disconnecting("apps", "Uninstall", each.app.client_id, each.account_id),
        )
        for each in present
    )
    return rows or row("None yet.", "", "", "")


def _links(installs: Installs) -> str:
    return "".join(
        f'<li><a href="{escape(app.authorize_link("."))}">Install in {"live" if app.livemode else "test"} mode</a></li>'
        for app in installs.apps.values()
    )


def _grants(grants: Iterable[Grant]) -> str:
    return "".join(
        row(
            f"<code>{escape(grant.name)}</code>",
            escape(grant.install.account_id),
            str(grant.exchanges),
            str(grant.refreshes),
            f'<form method="post" action="apps/refreshes">{hidden({"grant": grant.name})}'
            f'<select name="refresh" aria-label="Outcome">{options(REFRESHES, grant.refresh)}</select> '
            "<button>Choose</button></form>",
        )
        for grant in grants
    )
