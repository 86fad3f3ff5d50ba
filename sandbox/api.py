"""Stripe's API below /v1: authentication, the key's behaviour, the account, the permission, and then the answer."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from sandbox import answers
from sandbox.keys import Behaviour, Keys
from sandbox.oauth import Connections, is_access_token
from sandbox.permissions import PERMISSION_OF_PATH

_WORKING = {
    Behaviour.ACCEPTED,
    Behaviour.SLOW,
    Behaviour.OTHER_ACCOUNT,
    Behaviour.RESTRICTED,
    Behaviour.PERMISSION_DENIED,
    Behaviour.MORE_PERMISSIONS,
}


@dataclass(frozen=True, slots=True)
class API:
    """Answers calls of the API. A slow answer takes `slow_seconds`."""

    keys: Keys
    connections: Connections
    slow_seconds: float

    async def answer(self, request: Request) -> Response:
        """Answers one call."""
        path = request.path_params["path"]
        if path not in PERMISSION_OF_PATH or request.method != "GET":
            return answers.unrecognized(request.method, f"/v1/{path}")
        key = answers.key_of(request)
        if not key:
            return answers.unauthenticated()
        behaviour = self.keys.behaviour(key)
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(self.slow_seconds)
        if behaviour not in _WORKING:
            return answers.error(behaviour, key)
        account_id = self._account(key, behaviour, request.headers.get("stripe-account"))
        if isinstance(account_id, Response):
            return account_id
        rights = self.keys.rights(key)
        if missing := rights.lacks(path, request.method):
            return answers.permission_missing(missing, path, rights, key, account_id)
        return _read(path, account_id)

    def _account(self, key: str, behaviour: Behaviour, named: str | None) -> str | Response:
        """Returns the id of the account that a call concerns, or Stripe's error if the key has no access to it.

        `named` is the account in Stripe-Account, with which a platform calls for a connected account.
        """
        if named is not None:
            application = self.connections.by_key(key)
            if application is None:
                return answers.error(Behaviour.REJECTED, key)
            if (application.client_id, named) not in self.connections.connected:
                return answers.error(Behaviour.REVOKED, key)
            return named
        if is_access_token(key):
            return self.connections.account_of(key) or answers.error(Behaviour.PLATFORM_EXPIRED, key)
        return answers.OTHER_ACCOUNT_ID if behaviour is Behaviour.OTHER_ACCOUNT else answers.ACCOUNT_ID


def _read(path: str, account_id: str) -> Response:
    if path == "account":
        return answers.account(other=account_id == answers.OTHER_ACCOUNT_ID)
    if path == "balance":
        return answers.balance()
    return answers.empty_list(path)
