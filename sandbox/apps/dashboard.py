"""The page of installed apps, which uninstalls as the Stripe Dashboard does, and chooses outcomes of refreshes."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import webhooks
from sandbox.apps import pages
from sandbox.apps.app import App
from sandbox.apps.installs import REFRESHES, Grant, Installs
from sandbox.forms import read_form
from sandbox.oauth import EVENTS
from sandbox.pages import message


class AppDashboardRoutes:
    """Routes that share the installations."""

    def __init__(self, installs: Installs) -> None:
        self._installs = installs

    def routes(self) -> list[Route]:
        return [
            Route("/apps", self.page),
            Route("/apps/uninstall", self.uninstall, methods=["POST"]),
            Route("/apps/send", self.send, methods=["POST"]),
            Route("/apps/refreshes", self.choose, methods=["POST"]),
        ]

    async def page(self, _: Request) -> Response:
        return pages.installed(self._installs)

    async def uninstall(self, request: Request) -> Response:
        """Uninstalls as a user does in the Dashboard, which sends the webhook to an app that may read events."""
        form = await read_form(request)
        app, account_id = self._app(form), form.get("account", "")
        install = self._installs.find(app, account_id) if app else None
        if app is None or install is None:
            return message("The app is not installed on this account.", 404)
        self._installs.remove(install)
        if "event_read" in install.permissions:
            event = webhooks.deauthorized(app, account_id)
            if (status := await webhooks.send(app, event, app.webhook_secret)) != 200:
                return message(f"Uninstalled, but the app answered the webhook with status {status}.", 502)
        return RedirectResponse("../apps", 303)

    async def send(self, request: Request) -> Response:
        """Sends a webhook, and uninstalls nothing."""
        form = await read_form(request)
        app, kind = self._app(form), form.get("event", "")
        if app is None or kind not in EVENTS:
            return message("A client_id and an event are required.", 400)
        status = await webhooks.send_kind(app, kind, form.get("account", ""))
        return message(f"The app answered the webhook with status {status}.")

    async def choose(self, request: Request) -> Response:
        """Chooses the outcome of the next refreshes of a grant, which its shortened code or one of its tokens names."""
        form = await read_form(request)
        grant, outcome = self._grant(form), form.get("refresh", "")
        if grant is None or outcome not in REFRESHES:
            return message("A grant or a token, and the outcome of refreshes are required.", 400)
        grant.refresh = outcome
        return RedirectResponse("../apps", 303)

    def _app(self, form: Mapping[str, str]) -> App | None:
        return self._installs.apps.get(form.get("client_id", ""))

    def _grant(self, form: Mapping[str, str]) -> Grant | None:
        name = form.get("grant")
        named = (grant for grant in self._installs.grants.values() if grant.name == name)
        return next(named, None) or self._installs.grant_of(form.get("token", ""))
