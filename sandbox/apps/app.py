"""The app that is registered with the sandbox, in one mode (https://docs.stripe.com/stripe-apps/reference/app-manifest).

A live app is published, and one of test mode is in external test, so that both forms of the authorize link are served.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.permissions import OWN_ACCOUNT, PERMISSION_OF_PATH
from sandbox.resources.table import RESOURCES

APP_ID = "app_1SandboxDrawbridge"
DEVELOPER_ID = "acct_1SandboxDeveloper"
# The manifest's permissions: the resources that the sandbox stores, the balance, and the account's own data.
_NOUNS = sorted({PERMISSION_OF_PATH[path] for path in RESOURCES} - {"event"})
PERMISSIONS = (
    *(f"{noun}_{right}" for noun in _NOUNS for right in ("read", "write")),
    "event_read",
    "balance_read",
    f"{OWN_ACCOUNT}_read",
)


@dataclass(frozen=True, slots=True)
class App:
    """An app in one mode. `link_id` is that of its external test; a published app has none.

    `secret_key` is the developer's, and `app_id` the one of the Install API, not the manifest's.
    """

    app_id: str
    client_id: str
    link_id: str
    secret_key: str
    webhook_secret: str
    redirect_uris: tuple[str, ...]
    webhook_url: str
    livemode: bool
    permissions: tuple[str, ...] = PERMISSIONS
    developer_id: str = DEVELOPER_ID

    @property
    def channel(self) -> str:
        return "testing" if self.link_id else "public"

    def authorize_link(self, sandbox_url: str) -> str:
        """Returns the link that the dashboard shows. `sandbox_url` is the sandbox's, for browsers."""
        folder = f"{self.link_id}/" if self.link_id else ""
        return f"{sandbox_url}/oauth/v2/{folder}authorize?{urlencode({'client_id': self.client_id})}"


def registered_apps(public_address: str, address: str) -> tuple[App, ...]:
    """Returns the app for development, in live and test mode. Its secrets are dummies.

    Browsers use the public address; the sandbox sends its webhooks to the other.
    """
    return tuple(
        App(
            app_id=APP_ID,
            client_id=f"ca_SandboxApp{mode.title()}",
            link_id="" if mode == "live" else f"chnlink_Sandbox{mode.title()}",
            secret_key=f"sk_{mode}_SandboxApp",
            webhook_secret=f"whsec_SandboxApp{mode.title()}",
            redirect_uris=(f"{public_address}/stripe/callback",),
            webhook_url=f"{address}/stripe/webhook/{mode}",
            livemode=mode == "live",
        )
        for mode in ("live", "test")
    )
