"""OAuth of Stripe Connect (https://docs.stripe.com/connect/oauth-reference): codes, tokens, connected accounts."""

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.accounts import ACCOUNT_ID, OTHER_ACCOUNT_ID

CODE_SECONDS = 300
# Outcomes of an exchange to choose from on the consent page. The first is the normal one.
EXCHANGES = ("works", "slow", "unavailable", "ratelimited", "wrong mode", "other mode", "other account")
# Webhooks to send from the page of accounts, besides those of its buttons.
EVENTS = ("late", "thin", "forged")
FOREIGN_CODE = "Authorization code provided does not belong to you"
# Begins every access token, so that the sandbox recognizes those that it has forgotten in a restart.
_TOKEN = re.compile(r"sk_(live|test)_oauth\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Application:
    """A platform that is registered with the sandbox, in one mode."""

    client_id: str
    secret_key: str
    webhook_secret: str
    redirect_uri: str
    webhook_url: str
    livemode: bool


def registered_applications(public_address: str, address: str) -> tuple[Application, ...]:
    """Returns the platform for development, in live and test mode. Its secrets are dummies.

    Browsers use the public address; the sandbox sends its webhooks to the other.
    """
    return tuple(
        Application(
            client_id=f"ca_Sandbox{mode.title()}",
            secret_key=f"sk_{mode}_SandboxPlatform",
            webhook_secret=f"whsec_Sandbox{mode.title()}",
            redirect_uri=f"{public_address}/stripe/callback",
            webhook_url=f"{address}/stripe/webhook/{mode}",
            livemode=mode == "live",
        )
        for mode in ("live", "test")
    )


@dataclass(slots=True)
class Code:
    """An authorization code. `exchanges` counts the attempts to exchange it."""

    application: Application
    account_id: str
    exchange: str
    issued_at: float
    exchanges: int = 0
    is_used: bool = False


@dataclass(slots=True)
class Connections:
    """The codes, the pairs of client id and account that are connected, and the access tokens of each pair."""

    applications: dict[str, Application]
    codes: dict[str, Code] = field(default_factory=dict)
    connected: set[tuple[str, str]] = field(default_factory=set)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)

    def by_key(self, secret_key: str) -> Application | None:
        """Returns the application with this secret key."""
        return next((app for app in self.applications.values() if app.secret_key == secret_key), None)

    def accounts_of(self, secret_key: str) -> list[str]:
        """Returns the accounts that are connected to the platform with this key."""
        application = self.by_key(secret_key)
        return sorted(
            account for client_id, account in self.connected if application and client_id == application.client_id
        )

    def account_of(self, token: str) -> str | None:
        """Returns the account that an access token was granted for, while the token works."""
        return self.tokens[token][1] if token in self.tokens else None

    def disconnect(self, client_id: str, account_id: str) -> None:
        """Ends a connection with all its tokens."""
        self.connected.discard((client_id, account_id))
        self.tokens = {token: pair for token, pair in self.tokens.items() if pair != (client_id, account_id)}

    def approve(self, application: Application, exchange: str) -> str:
        """Issues a code for the user's account."""
        code = f"ac_{secrets.token_urlsafe(24)}"
        account_id = OTHER_ACCOUNT_ID if exchange == "other account" else ACCOUNT_ID
        self.codes[code] = Code(application, account_id, exchange, time.time())
        return code

    def exchange(self, application: Application, code_text: str) -> Response:
        """Handles POST /oauth/token: a code works once, for five minutes; a second use revokes the access."""
        code = self.codes.get(code_text)
        if code is None or time.time() - code.issued_at > CODE_SECONDS:
            return oauth_error("invalid_grant", "Authorization code does not exist, or has expired.")
        code.exchanges += 1
        if code.application is not application or code.exchange == "wrong mode":
            mode, other = ("live", "test") if application.livemode else ("test", "live")
            return oauth_error(
                "invalid_grant",
                f"Passed in {mode}mode API key but authorization code only supports returning {other} keys",
            )
        if code.is_used:
            self.disconnect(application.client_id, code.account_id)
            return oauth_error(
                "invalid_grant", "This authorization code has already been used. All tokens are revoked."
            )
        code.is_used = True
        self.connected.add((application.client_id, code.account_id))
        return JSONResponse(self._token(application, code))

    def _token(self, application: Application, code: Code) -> dict[str, Any]:
        livemode = application.livemode is not (code.exchange == "other mode")
        mode = "live" if livemode else "test"
        token = f"sk_{mode}_oauth{secrets.token_hex(16)}"
        self.tokens[token] = application.client_id, code.account_id
        return {
            "access_token": token,
            "livemode": livemode,
            "refresh_token": f"rt_{secrets.token_urlsafe(24)}",
            "token_type": "bearer",
            "stripe_publishable_key": f"pk_{mode}_{secrets.token_hex(12)}",
            "stripe_user_id": code.account_id,
            "scope": "read_write",
        }

    def deauthorize(self, application: Application, account_id: str) -> Response:
        """Handles POST /oauth/deauthorize."""
        if (application.client_id, account_id) not in self.connected:
            description = "This application is not connected to this account, or the account does not exist."
            return oauth_error("invalid_client", description)
        self.disconnect(application.client_id, account_id)
        return JSONResponse({"stripe_user_id": account_id})


def is_access_token(key: str) -> bool:
    """Whether a key has the form of the sandbox's access tokens."""
    return _TOKEN.fullmatch(key) is not None


def shortened(code: str) -> str:
    """Returns a code as the pages show it, on which no secrets are."""
    return f"{code[:7]}…{code[-4:]}"


def oauth_error(error: str, description: str) -> JSONResponse:
    """Returns an OAuth error in Stripe's format."""
    status = 401 if error == "invalid_client" else 400
    return JSONResponse({"error": error, "error_description": description}, status)
