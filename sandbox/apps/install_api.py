"""The Install API (https://docs.stripe.com/api/apps/installs), with which a developer lists and ends installations.

It came with the version of 2026-09-30. A request with an older one lists nothing, and finds nothing.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import answers
from sandbox.accounts import ACCOUNT_ID
from sandbox.apps.app import App
from sandbox.apps.installs import UNINSTALL_SECONDS, Install, Installs
from sandbox.errors import RefusedError, missing_object, url_of
from sandbox.forms import read_parameters
from sandbox.headers import API_VERSION
from sandbox.keys import Behaviour, Keys
from sandbox.resources import parameters
from sandbox.resources.listing import page_of

_SINCE = "2026-09-30"
_FILTERS = {
    "account": parameters.text,
    "app": parameters.text,
    "channel": parameters.text,
    "limit": parameters.page_size,
    "status": parameters.text,
}
_DEFAULT_LIMIT = 10


class InstallRoutes:
    """Routes of the app's developer. The behaviour of the developer's key decides how they are answered."""

    def __init__(self, installs: Installs, keys: Keys) -> None:
        self._installs = installs
        self._keys = keys

    def routes(self) -> list[Route]:
        return [
            Route("/v1/apps/installs", self.search),
            Route("/v1/apps/installs/{id}", self.retrieve),
            Route("/v1/apps/installs/{id}/uninstall", self.uninstall, methods=["POST"]),
        ]

    async def search(self, request: Request) -> Response:
        given = parameters.read(await read_parameters(request), _FILTERS)
        limit = given.pop("limit", _DEFAULT_LIMIT)
        found = [each for each in map(_as_json, self._visible(request)) if given.items() <= each.items()]
        return JSONResponse(page_of("apps/installs", found[:limit], has_more=len(found) > limit))

    async def retrieve(self, request: Request) -> Response:
        parameters.read(await read_parameters(request), {})
        return JSONResponse(_as_json(self._find(request)))

    async def uninstall(self, request: Request) -> Response:
        """Uninstalls within seconds, for the account that Stripe-Account names."""
        parameters.read(await read_parameters(request), {})
        install = self._find(request)
        if _account_of(request) != install.account_id:
            raise missing_object("app_install", install.id)
        self._installs.remove(install, UNINSTALL_SECONDS)
        return JSONResponse(_as_json(install))

    def _find(self, request: Request) -> Install:
        id = request.path_params["id"]
        found = next((each for each in self._visible(request) if each.id == id), None)
        if found is None:
            raise missing_object("app_install", id)
        return found

    def _visible(self, request: Request) -> list[Install]:
        """Returns the installations of the caller's app: on all accounts, or on the one of Stripe-Account."""
        app, account_id = self._developer(request), _account_of(request)
        if request.headers.get("stripe-version", API_VERSION) < _SINCE:
            return []
        return [
            each
            for each in self._installs.present()
            if each.app is app and account_id in {None, app.developer_id, each.account_id}
        ]

    def _developer(self, request: Request) -> App:
        """Returns the app of the caller's key; raises RefusedError."""
        key = answers.key_of(request)
        if not key:
            raise RefusedError(answers.unauthenticated())
        if (behaviour := self._keys.behaviour(key)) in answers.FAILING:
            raise RefusedError(answers.error(behaviour, key, url=url_of(request)))
        app, account_id = self._installs.app_of(key), _account_of(request)
        if app is None:
            rights = self._keys.rights(key)
            raise RefusedError(answers.permission_missing("app_install_read", "accounts", rights, key, ACCOUNT_ID))
        if account_id not in {None, app.developer_id, *self._installs.accounts_of(key)}:
            raise RefusedError(answers.error(Behaviour.REVOKED, key, account_id=account_id or ""))
        return app


def _account_of(request: Request) -> str | None:
    return request.headers.get("stripe-account", request.headers.get("stripe-context"))


def _as_json(install: Install) -> dict[str, Any]:
    app = install.app
    nothing: dict[str, list[str]] = {"connect_src": [], "image_src": []}
    return {
        "id": install.id,
        "object": "apps.install",
        "account": install.account_id,
        "app": app.app_id,
        "approval_required": False,
        "auth_code": None,
        "channel": app.channel,
        "content_security_policy_granted": nothing,
        "content_security_policy_pending": nothing,
        "created": int(install.created),
        "created_by": None,
        "endpoints_granted": [],
        "endpoints_pending": [],
        "livemode": app.livemode,
        "permissions_granted": sorted(install.permissions),
        "permissions_pending": [],
        "status": "installed" if install.gone_at is None else "uninstalling",
    }
