"""The sandbox's pages: home, consent, and connected accounts."""

import base64
import hashlib
from html import escape

from starlette.responses import HTMLResponse

from sandbox.keys import MAGIC_KEYS, Behaviour
from sandbox.oauth import EVENTS, EXCHANGES, Connections
from sandbox.permissions import PERMISSION_OF_PATH, Wording

_STYLE = """
  :root { color-scheme: light dark; }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  td, th { border-bottom: 1px solid #8886; padding: .4rem; text-align: left; vertical-align: top; }
  td { overflow-wrap: anywhere; }
  .badge { background: #b35900; color: #fff; border-radius: .3rem; padding: .1rem .5rem; font-size: .8rem; }
  .card { border: 1px solid #8886; border-radius: .6rem; padding: 1.5rem; max-width: 28rem; margin: 0 auto 1rem; }
  button, select, input { font: inherit; padding: .4rem 1rem; max-width: 100%; box-sizing: border-box; }
  .sides { display: flex; flex-wrap: wrap; gap: 2rem; align-items: start; }
  .link { all: unset; cursor: pointer; text-decoration: underline; }
  .primary { background: #4a3fcf; color: #fff; border: 1px solid #4a3fcf; border-radius: .3rem; }
  :focus-visible { outline: 3px solid #b35900; outline-offset: 2px; }
"""
_FRAME = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<p><span class="badge">SANDBOX</span> This is not Stripe. Nothing here is real, and nothing leaves this machine.</p>
{body}
</html>
"""


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """Renders a page. Its policy allows only its own style, and no form-action limit, so the platform may redirect."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
    page = _FRAME.format(title=title, style=_STYLE, body=body)
    return HTMLResponse(page, status, headers={"Content-Security-Policy": policy})


def message(text: str, status: int = 200) -> HTMLResponse:
    """Says one sentence."""
    return _page(title="Stripe sandbox", body=f"<p>{escape(text)}</p>", status=status)


def refused(error: str, description: str) -> HTMLResponse:
    """Shows the error of an authorization request."""
    body = f"<h1>Stripe refuses this request</h1><p><code>{escape(error)}</code>: {escape(description)}</p>"
    return _page(title="Request refused", body=body, status=400)


def _options(values: tuple[str, ...]) -> str:
    return "".join(f"<option>{escape(value)}</option>" for value in values)


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def home() -> HTMLResponse:
    """Lists the magic keys, with a form that changes the behaviour of any key."""
    rows = "".join(_row(f"<code>{escape(key)}</code>", escape(answer)) for key, answer in MAGIC_KEYS.items())
    paths = "".join(_row(f"/v1/{path}", f"<code>{noun}_read</code>") for path, noun in PERMISSION_OF_PATH.items())
    body = f"""<h1>Stripe sandbox</h1>
<p>Simulates Stripe. It accepts every well-formed secret key, for example <code>sk_test_51Sandbox4242</code>,
except keys that start with one of these prefixes:</p>
<table><thead><tr><th>Key<th>Stripe's response</tr></thead><tbody>{rows}</tbody></table>
<h2>Change a key's behaviour</h2>
<p>This has the same effect as rolling, restricting or blocking the key in the Stripe Dashboard. Verify the credential
afterwards. It also works for an access token, and for a platform's own key, <code>sk_test_SandboxPlatform</code>: then
calls to <code>/oauth/token</code> and <code>/oauth/deauthorize</code> fail.</p>
<form method="post" action="keys">
  <p><label>Key <input name="key" required autocomplete="off"></label>
  <label>Behaviour <select name="behaviour">{_options(tuple(Behaviour))}</select></label> <button>Change</button></p>
</form>
<h2>Choose a restricted key's permissions</h2>
<p>A key that starts with <code>rk_</code> has every permission of the table, until you choose others here.
<em>Write</em> includes <em>read</em>. The words of the refusal are Stripe's <em>older</em> ones, its <em>newer</em>
ones, those for the token of an <em>app</em>, or <em>other</em> ones, which name no permission.</p>
<form method="post" action="keys/permissions">
  <p><label>Key <input name="key" required autocomplete="off"></label>
  <label>Refusal <select name="wording">{_options(tuple(Wording))}</select></label></p>
  <p><label>Permissions <input name="permissions" placeholder="customer_read charge_write" size="40"></label>
  <button>Choose</button></p>
</form>
<table><thead><tr><th>Path<th>Permission to read</tr></thead><tbody>{paths}</tbody></table>
<h2>Connected accounts</h2>
<p><a href="accounts">Accounts that were connected with OAuth</a>. You can disconnect them there.</p>"""
    return _page(title="Stripe sandbox", body=body)


def consent(query: dict[str, str], *, livemode: bool, logged_in: bool) -> HTMLResponse:
    """Asks the user to log in, and then to approve access. `query` is the authorization request."""
    hidden = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(query[name])}">' for name in query)
    mode = "live mode" if livemode else "test mode"
    asked = _APPROVAL if logged_in else _LOGIN
    body = f"""<div class="sides">
<p><button form="consent" name="decision" value="deny" formnovalidate class="link">← Return to Drawbridge</button></p>
<form method="post" id="consent" class="card">
  <h1>Get started with Stripe</h1>
  <p>Drawbridge requests read and write access to your Stripe account in <strong>{mode}</strong>.</p>
  {hidden}
  {asked}
</form></div>"""
    if logged_in:
        body += f"""<p class="card">Only in the sandbox: choose the outcome of exchanging the code.
<label>Outcome <select name="exchange" form="consent">{_options(EXCHANGES)}</select></label></p>"""
    return _page(title="Get started with Stripe", body=body)


_LOGIN = """<p><label>Email <input name="email" type="email" value="jane@acme.example"></label></p>
  <p><button name="decision" value="login" class="primary">Log in</button></p>"""
_APPROVAL = """<p>You are logged in as jane@acme.example, the owner of the account Sandbox.</p>
  <p><button name="decision" value="approve" class="primary">Approve access</button>
  <button name="decision" value="deny">Decline</button></p>"""


def approved(return_url: str) -> HTMLResponse:
    """Says that access is approved. The link back carries the code, as Stripe's redirect does."""
    body = f"""<div class="sides">
<p><a href="{escape(return_url)}">← Return to Drawbridge</a></p>
<div class="card"><h1>Get started with Stripe</h1>
<p>You approved access. Return to Drawbridge to finish.</p></div></div>"""
    return _page(title="Access approved", body=body)


def _hidden(client_id: str, account_id: str) -> str:
    fields = {"client_id": client_id, "account": account_id}
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())


def accounts(connections: Connections) -> HTMLResponse:
    """Lists the connected accounts, and the number of exchanges of each code."""
    connected = "".join(
        _row(
            escape(account_id),
            "live mode" if connections.applications[client_id].livemode else "test mode",
            f'<form method="post" action="accounts/disconnect">{_hidden(client_id, account_id)}'
            f'<button aria-label="Disconnect {escape(account_id)}">Disconnect</button></form>'
            f'<form method="post" action="accounts/send">{_hidden(client_id, account_id)}'
            f'<select name="event" aria-label="Event">{_options(EVENTS)}</select> '
            f"<button>Send a webhook</button></form>",
        )
        for client_id, account_id in sorted(connections.connected)
    )
    codes = "".join(
        _row(f"<code>{escape(code[:7])}…{escape(code[-4:])}</code>", escape(issued.account_id), str(issued.exchanges))
        for code, issued in connections.codes.items()
    )
    connected = connected or _row("None yet.", "", "")
    body = f"""<h1>Connected accounts</h1>
<p>These are stored in memory. After the server restarts, their credentials behave as if disconnected.</p>
<table><thead><tr><th>Account<th>Mode<th></tr></thead><tbody>{connected}</tbody></table>
<p>Disconnecting sends Stripe's webhook. So does <em>late</em>, although the account stays connected: Stripe repeats
events, and delivers them out of order. <em>thin</em> sends an event without data, and <em>forged</em> one with a wrong
signature.</p>
<h2>Codes</h2>
<p>Each issued code, and the number of attempts to exchange it. The correct number is one.</p>
<table><thead><tr><th>Code<th>Account<th>Exchanges</tr></thead><tbody>{codes}</tbody></table>
<p><a href="./">Back</a></p>"""
    return _page(title="Connected accounts", body=body)
