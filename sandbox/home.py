"""The sandbox's home: what it plays, and forms that change keys as the Stripe Dashboard does."""

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.answers import masked
from sandbox.forms import read_form
from sandbox.keys import MAGIC_KEYS, Behaviour, Keys
from sandbox.pages import message, options, render, row
from sandbox.permissions import PERMISSION_OF_PATH, Rights, UnknownPermissionsError, Wording, permissions_of
from sandbox.resources.table import RESOURCES


class HomeRoutes:
    """The page, and its forms, which change keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def routes(self) -> list[Route]:
        return [
            Route("/", self.home),
            Route("/keys", self.change, methods=["POST"]),
            Route("/keys/permissions", self.restrict, methods=["POST"]),
        ]

    async def home(self, _: Request) -> Response:
        return _page(self._keys)

    async def change(self, request: Request) -> Response:
        """Changes a key's behaviour."""
        form = await read_form(request)
        key, behaviour = form.get("key", "").strip(), form.get("behaviour")
        if not key or behaviour not in set(Behaviour):
            return message("A key and a behaviour are required.", 400)
        self._keys.change(key, Behaviour(behaviour))
        return RedirectResponse("./", 303)

    async def restrict(self, request: Request) -> Response:
        """Chooses a key's permissions, and the words in which a missing one is reported."""
        form = await read_form(request)
        key, wording = form.get("key", "").strip(), form.get("wording", Wording.OLDER)
        if not key or wording not in set(Wording):
            return message("A key and the words of its refusal are required.", 400)
        try:
            permissions = permissions_of(form.get("permissions", ""))
        except UnknownPermissionsError as error:
            return message(f"The sandbox does not know these permissions: {error}", 400)
        self._keys.restrict(key, Rights(permissions, Wording(wording)))
        return RedirectResponse("../", 303)


def _page(keys: Keys) -> Response:
    rows = "".join(row(f"<code>{escape(key)}</code>", escape(answer)) for key, answer in MAGIC_KEYS.items())
    body = f"""<h1>Stripe sandbox</h1>
<p>Simulates Stripe. It accepts every well-formed secret key, for example <code>sk_test_51Sandbox4242</code>,
except keys that start with one of these prefixes:</p>
<table><thead><tr><th>Key<th>Stripe's response</tr></thead><tbody>{rows}</tbody></table>
{_behaviours()}
{_permissions()}
{_changes(keys)}
{_resources()}
<h2>Connected accounts</h2>
<p><a href="accounts">Accounts that were connected with OAuth</a>. You can disconnect them there.</p>
<h2>Installed apps</h2>
<p><a href="apps">Accounts on which the Stripe App is installed</a>. You can uninstall it there, make refreshes of its
tokens fail, and move the clock by which they expire.</p>"""
    return render(title="Stripe sandbox", body=body)


def _behaviours() -> str:
    return f"""<h2>Change a key's behaviour</h2>
<p>This has the same effect as rolling, restricting or blocking the key in the Stripe Dashboard, on every call. Verify
the credential afterwards. It also works for an access token, and for a platform's own key,
<code>sk_test_SandboxPlatform</code>: then calls to <code>/oauth/token</code> and <code>/oauth/deauthorize</code>
fail. The key of the Stripe App's developer is <code>sk_test_SandboxApp</code>.</p>
<form method="post" action="keys">
  <p><label>Key <input name="key" required autocomplete="off"></label>
  <label>Behaviour <select name="behaviour">{options(tuple(Behaviour))}</select></label> <button>Change</button></p>
</form>"""


def _permissions() -> str:
    paths = "".join(row(f"/v1/{path}", f"<code>{noun}_read</code>") for path, noun in PERMISSION_OF_PATH.items())
    return f"""<h2>Choose a restricted key's permissions</h2>
<p>A key that starts with <code>rk_</code> has every permission of the table, until you choose others here.
<em>Write</em> includes <em>read</em>. The words of the refusal are Stripe's <em>older</em> ones, its <em>newer</em>
ones, those for the token of an <em>app</em>, or <em>other</em> ones, which name no permission.</p>
<form method="post" action="keys/permissions">
  <p><label>Key <input name="key" required autocomplete="off"></label>
  <label>Refusal <select name="wording">{options(tuple(Wording))}</select></label></p>
  <p><label>Permissions <input name="permissions" placeholder="customer_read charge_write" size="40"></label>
  <button>Choose</button></p>
</form>
<table><thead><tr><th>Path<th>Permission to read</tr></thead><tbody>{paths}</tbody></table>"""


def _changes(keys: Keys) -> str:
    rows = "".join(row(escape(masked(key)), escape(change)) for key, change in keys.changes())
    head = "<thead><tr><th>Key<th>Behaviour or permissions</tr></thead>"
    listed = f"<table>{head}<tbody>{rows}</tbody></table>" if rows else "<p>None yet.</p>"
    return f"<h2>Changed keys</h2>{listed}"


def _resources() -> str:
    created = ", ".join(f"<code>{path}</code>" for path, resource in RESOURCES.items() if resource.parameters)
    return f"""<h2>Make calls</h2>
<p>With a key that works, {created} can be created, retrieved and listed below <code>v1/</code>, and
<code>events</code> retrieved and listed. The other lists are empty. Give Stripe's SDK this page's address, without the
last slash. Everything is in memory, separate for each account and mode, and only the newest objects are stored.</p>"""
