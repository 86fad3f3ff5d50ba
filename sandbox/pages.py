"""The sandbox's pages besides its home: consent, and connected accounts."""

import base64
import hashlib
from html import escape

from starlette.responses import HTMLResponse

from sandbox.oauth import EVENTS, EXCHANGES, Connections, shortened

_STYLE = """
  :root { color-scheme: light dark; }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  td, th { border-bottom: 1px solid #8886; padding: .4rem; text-align: left; vertical-align: top; }
  td { overflow-wrap: anywhere; }
  @media (max-width: 40rem) { table { display: block; overflow-x: auto; } td { overflow-wrap: normal; } }
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


def render(title: str, body: str, status: int = 200) -> HTMLResponse:
    """Renders a page. Its policy allows only its own style, and no form-action limit, so the platform may redirect."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
    page = _FRAME.format(title=title, style=_STYLE, body=body)
    return HTMLResponse(page, status, headers={"Content-Security-Policy": policy})


def message(text: str, status: int = 200) -> HTMLResponse:
    """Says one sentence."""
    return render(title="Stripe sandbox", body=f"<p>{escape(text)}</p>", status=status)


def refused(error: str, description: str) -> HTMLResponse:
    """Shows the error of an authorization request."""
    body = f"<h1>Stripe refuses this request</h1><p><code>{escape(error)}</code>: {escape(description)}</p>"
    return render(title="Request refused", body=body, status=400)


def options(values: tuple[str, ...], chosen: str = "") -> str:
    """Returns the options of a select."""
    return "".join(f"<option{' selected' if value == chosen else ''}>{escape(value)}</option>" for value in values)


def hidden(fields: dict[str, str]) -> str:
    """Returns the hidden fields of a form."""
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )


def row(*cells: str) -> str:
    """Returns a table's row of cells in HTML."""
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def consent(query: dict[str, str], *, livemode: bool, logged_in: bool) -> HTMLResponse:
    """Asks the user to log in, and then to approve access. `query` is the authorization request."""
    mode = "live mode" if livemode else "test mode"
    asked = _APPROVAL if logged_in else LOGIN
    body = f"""<div class="sides">
<p><button form="consent" name="decision" value="deny" formnovalidate class="link">← Return to Drawbridge</button></p>
<form method="post" id="consent" class="card">
  <h1>Get started with Stripe</h1>
  <p>Drawbridge requests read and write access to your Stripe account in <strong>{mode}</strong>.</p>
  {hidden(query)}
  {asked}
</form></div>"""
    if logged_in:
        body += f"""<p class="card">Only in the sandbox: choose the outcome of exchanging the code.
<label>Outcome <select name="exchange" form="consent">{options(EXCHANGES)}</select></label></p>"""
    return render(title="Get started with Stripe", body=body)


LOGIN = """<p><label>Email <input name="email" type="email" value="jane@acme.example"></label></p>
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
    return render(title="Access approved", body=body)


def disconnecting(folder: str, verb: str, client_id: str, account_id: str) -> str:
    """Returns the forms that disconnect an account and send webhooks."""
    fields = hidden({"client_id": client_id, "account": account_id})
    return (
        f'<form method="post" action="{folder}/{verb.lower()}">{fields}'
        f'<button aria-label="{verb} {escape(account_id)}">{verb}</button></form>'
        f'<form method="post" action="{folder}/send">{fields}'
        f'<select name="event" aria-label="Event">{options(EVENTS)}</select> <button>Send a webhook</button></form>'
    )


def accounts(connections: Connections) -> HTMLResponse:
    """Lists the connected accounts, and the number of exchanges of each code."""
    connected = "".join(
        row(
            escape(account_id),
            "live mode" if connections.applications[client_id].livemode else "test mode",
            disconnecting("accounts", "Disconnect", client_id, account_id),
        )
        for client_id, account_id in sorted(connections.connected)
    )
    codes = "".join(
        row(f"<code>{escape(shortened(code))}</code>", escape(issued.account_id), str(issued.exchanges))
        for code, issued in connections.codes.items()
    )
    connected = connected or row("None yet.", "", "")
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
    return render(title="Connected accounts", body=body)
