"""Stripe's API below /v1: authentication, the key's behaviour, the account, the permission, and then the answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import answers
from sandbox.accounts import ACCOUNT_ID, OTHER_ACCOUNT_ID, account
from sandbox.apps.installs import Installs, is_app_token
from sandbox.errors import RefusedError, unrecognized, url_of
from sandbox.forms import read_parameters
from sandbox.keys import Behaviour, Keys
from sandbox.oauth import Connections, is_access_token
from sandbox.permissions import OWN_ACCOUNT_PATH, PERMISSION_OF_PATH, Rights, Wording
from sandbox.resources import listing, parameters
from sandbox.resources.idempotency import Answers
from sandbox.resources.ledger import Ledger, Ledgers, Origin, balance_of
from sandbox.resources.resource import create
from sandbox.resources.table import RESOURCES


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a known path. `path` is the resource's below /v1, and `id` that of one of its objects."""

    request: Request
    path: str
    id: str

    @classmethod
    def of(cls, request: Request) -> "_Call":
        """Raises RefusedError for an unknown path or method."""
        path, id = request.path_params["path"], ""
        if path not in PERMISSION_OF_PATH:
            path, _, id = path.rpartition("/")
        known = path in RESOURCES or path == "accounts" if id else path in PERMISSION_OF_PATH
        creates = request.method == "POST" and not id and path in RESOURCES and RESOURCES[path].parameters
        if not known or not (request.method == "GET" or creates):
            raise RefusedError(unrecognized(url_of(request)))
        return cls(request, path, id)


@dataclass(frozen=True, slots=True)
class API:
    """Answers calls of the API. A slow answer takes `slow_seconds`."""

    keys: Keys
    connections: Connections
    installs: Installs
    slow_seconds: float
    _ledgers: Ledgers = field(default_factory=Ledgers)
    _answers: Answers = field(default_factory=Answers)

    async def answer(self, request: Request) -> Response:
        """Answers one call; raises RefusedError."""
        call, key = _Call.of(request), answers.key_of(request)
        if not key:
            raise RefusedError(answers.unauthenticated())
        behaviour = self.keys.behaviour(key)
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(self.slow_seconds)
        if behaviour in answers.FAILING:
            raise RefusedError(answers.error(behaviour, key, url=url_of(request)))
        account_id = self._account(request, key, behaviour)
        self._require_permission(call, key, account_id)
        ledger = self._ledgers.of(account_id, livemode=key.partition("_")[2].startswith("live"))
        return self._answer(call, key, ledger, await read_parameters(request))

    def _account(self, request: Request, key: str, behaviour: Behaviour) -> str:
        """Returns the id of the account that a call concerns: the key's own, or one that is connected to it."""
        own = self._own_account(key, behaviour)
        named = request.headers.get("stripe-account", request.headers.get("stripe-context", own))
        if named not in {own, *self.connections.accounts_of(key), *self.installs.accounts_of(key)}:
            raise RefusedError(answers.error(Behaviour.REVOKED, key, account_id=named))
        return named

    def _own_account(self, key: str, behaviour: Behaviour) -> str:
        """Returns the account of a key or a token; raises RefusedError for a token that has ended."""
        if is_access_token(key):
            if (connected := self.connections.account_of(key)) is None:
                raise RefusedError(answers.error(Behaviour.PLATFORM_EXPIRED, key))
            return connected
        if is_app_token(key):
            if (grant := self.installs.grant_of(key)) is None:
                raise RefusedError(answers.error(Behaviour.EXPIRED, key))
            return grant.install.account_id
        if app := self.installs.app_of(key):
            return app.developer_id
        return OTHER_ACCOUNT_ID if behaviour is Behaviour.OTHER_ACCOUNT else ACCOUNT_ID

    def _rights(self, key: str, account_id: str) -> Rights:
        """Returns the permissions of a key: for an app's calls, those that its user granted."""
        rights, granted = self.keys.rights(key), self.installs.permissions(key, account_id)
        return rights if granted is None else Rights(rights.permissions & granted, Wording.APP)

    def _require_permission(self, call: _Call, key: str, account_id: str) -> None:
        rights, path = self._rights(key, account_id), call.path
        if path == "accounts" and call.id == account_id and not is_app_token(key):
            path = OWN_ACCOUNT_PATH
        if missing := rights.lacks(path, call.request.method):
            raise RefusedError(answers.permission_missing(missing, path, rights, key, account_id))

    def _answer(self, call: _Call, key: str, ledger: Ledger, given: dict[str, Any]) -> Response:
        if call.request.method == "POST":
            return self._create(call, ledger, given)
        if call.path in {OWN_ACCOUNT_PATH, "accounts"}:
            return JSONResponse(self._read_account(call, key, ledger, given))
        return JSONResponse(_read(call, ledger, given))

    def _create(self, call: _Call, ledger: Ledger, given: dict[str, Any]) -> Response:
        request, resource = call.request, RESOURCES[call.path]
        origin = Origin(request.state.request_id, request.headers.get("idempotency-key"))
        return self._answers.once(
            ledger, origin, call.path, given, lambda: create(ledger, call.path, resource, given, origin)
        )

    def _read_account(self, call: _Call, key: str, ledger: Ledger, given: Mapping[str, Any]) -> dict[str, Any]:
        if call.path == OWN_ACCOUNT_PATH or call.id == ledger.account_id:
            parameters.read(given, {})
            return account(ledger.account_id)
        if not call.id:
            return listing.page_of("accounts", [account(id) for id in self.connections.accounts_of(key)])
        if call.id not in self.connections.accounts_of(key):
            raise RefusedError(answers.error(Behaviour.REVOKED, key, account_id=call.id))
        return account(call.id)


def _read(call: _Call, ledger: Ledger, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns an object, a list, or the balance."""
    if call.path == "balance":
        parameters.read(given, {})
        return balance_of(ledger)
    if call.path not in RESOURCES:
        return listing.page_of(call.path, [])
    if call.id:
        parameters.read(given, {})
        return ledger.find(call.path, RESOURCES[call.path].object, call.id)
    return listing.page(ledger, call.path, RESOURCES[call.path], given)
