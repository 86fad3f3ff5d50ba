"""The installations of the app, with their codes and rolling tokens.

https://docs.stripe.com/stripe-apps/api-authentication/oauth names the lifetimes. An account that authorizes again gets
further tokens, and the earlier ones go on.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sandbox.accounts import ACCOUNT_ID, OTHER_ACCOUNT_ID
from sandbox.apps.app import App
from sandbox.clock import Clock
from sandbox.oauth import shortened

CODE_SECONDS = 300
ACCESS_SECONDS = 3_600
REFRESH_SECONDS = 365 * 86_400
UNINSTALL_SECONDS = 12
# Outcomes of an exchange to choose from on the consent page. The first is the normal one.
EXCHANGES = ("works", "slow", "lost", "unavailable", "ratelimited", "wrong mode", "other mode", "other account")
# Outcomes of refreshes to choose from on the page of installed apps.
REFRESHES = ("works", "slow", "lost", "unavailable", "ratelimited", "revoked")
# Begins every access token, so that the sandbox recognizes those that it has forgotten in a restart.
_TOKEN = re.compile(r"rk_(live|test)_app[0-9a-f]+", re.ASCII)


@dataclass(slots=True)
class Install:
    """The app on one account. It is gone at `gone_at`."""

    app: App
    account_id: str
    permissions: frozenset[str]
    created: float
    id: str
    gone_at: float | None = None


@dataclass(slots=True)
class Grant:
    """The access that one code gave: its access and refresh token, the newest of each alone. `refresh` is an outcome.

    `expires_in` is a lifetime that the token endpoint's answers name; without it they name none, like Stripe's.
    """

    install: Install
    code: str
    issued_at: float
    exchange: str
    expires_in: int | None
    refresh: str = REFRESHES[0]
    exchanges: int = 0
    refreshes: int = 0
    is_ended: bool = False
    access_token: str = ""
    refresh_token: str = ""
    rolled_at: float = 0

    @property
    def name(self) -> str:
        """The shortened code, by which the page of installed apps names it."""
        return shortened(self.code)

    @property
    def livemode(self) -> bool:
        return self.install.app.livemode is not (self.exchange == "other mode")

    @property
    def access_seconds(self) -> int:
        return ACCESS_SECONDS if self.expires_in is None else self.expires_in

    def roll(self, now: float) -> None:
        """Replaces both tokens."""
        mode = "live" if self.livemode else "test"
        self.access_token = f"rk_{mode}_app{secrets.token_hex(24)}"
        self.refresh_token = f"rt_{secrets.token_urlsafe(24)}"
        self.rolled_at = now


@dataclass(slots=True)
class Installs:
    """The apps by client id, the grants by code and by their present tokens, and the installations by id."""

    apps: dict[str, App]
    clock: Clock
    grants: dict[str, Grant] = field(default_factory=dict)
    refused: int = 0
    _by_token: dict[str, Grant] = field(default_factory=dict)
    _installs: dict[str, Install] = field(default_factory=dict)

    @classmethod
    def of(cls, apps: Iterable[App], clock: Clock) -> "Installs":
        return cls({app.client_id: app for app in apps}, clock)

    def app_of(self, secret_key: str) -> App | None:
        """Returns the app whose developer has this key."""
        return next((app for app in self.apps.values() if app.secret_key == secret_key), None)

    def install(self, app: App, permissions: frozenset[str], exchange: str, expires_in: int | None) -> Grant:
        """Installs the app on the user's account, unless it is there, and issues a code."""
        account_id = OTHER_ACCOUNT_ID if exchange == "other account" else ACCOUNT_ID
        now, found = self.clock.now(), self.find(app, account_id)
        if found is None or found.gone_at is not None:
            id = f"appinst_{'' if app.livemode else 'test_'}{secrets.token_hex(12)}"
            found = self._installs[id] = Install(app, account_id, permissions, now, id)
        found.permissions = permissions
        code = f"ac_{secrets.token_urlsafe(24)}"
        grant = self.grants[code] = Grant(found, code, now, exchange, expires_in)
        return grant

    def present(self) -> Iterator[Install]:
        """Yields the installations that are not gone, newest first."""
        return (each for each in reversed(self._installs.values()) if self._is_present(each))

    def find(self, app: App, account_id: str) -> Install | None:
        """Returns the newest installation on an account."""
        return next((each for each in self.present() if (each.app, each.account_id) == (app, account_id)), None)

    def remove(self, install: Install, seconds: int = 0) -> None:
        """Uninstalls after some seconds, until when tokens work."""
        if install.gone_at is None:
            install.gone_at = self.clock.now() + seconds

    def roll(self, grant: Grant) -> None:
        """Issues tokens, which ends the previous ones."""
        self.end(grant)
        grant.is_ended = False
        grant.roll(self.clock.now())
        self._by_token |= {grant.access_token: grant, grant.refresh_token: grant}

    def end(self, grant: Grant) -> None:
        """Ends the tokens of a grant. The app stays installed."""
        grant.is_ended = True
        for token in (grant.access_token, grant.refresh_token):
            self._by_token.pop(token, None)

    def grant_of(self, token: str) -> Grant | None:
        """Returns the grant of an access or refresh token that has not expired, while the app is installed."""
        grant = self._by_token.get(token)
        if grant is None or not self._is_present(grant.install):
            return None
        lifetime = grant.access_seconds if is_app_token(token) else REFRESH_SECONDS
        return grant if self.clock.now() < grant.rolled_at + lifetime else None

    def accounts_of(self, secret_key: str) -> set[str]:
        """Returns the accounts on which the app of this key is installed."""
        return {each.account_id for each in self.present() if each.app.secret_key == secret_key}

    def permissions(self, key: str, account_id: str) -> frozenset[str] | None:
        """Returns the app's permissions on an account, for its token or its developer's key; None for other keys."""
        if is_app_token(key):
            grant = self.grant_of(key)
            return grant.install.permissions if grant else frozenset()
        app = self.app_of(key)
        if app is None or account_id == app.developer_id:
            return None
        install = self.find(app, account_id)
        return install.permissions if install else frozenset()

    def _is_present(self, install: Install) -> bool:
        return install.gone_at is None or self.clock.now() < install.gone_at


def is_app_token(key: str) -> bool:
    """Whether a key has the form of the access tokens of apps."""
    return _TOKEN.fullmatch(key) is not None
