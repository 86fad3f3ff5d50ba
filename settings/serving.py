"""Settings of the server itself."""

from urllib.parse import urlsplit

from pydantic import Field

from kit.loopback import LOOPBACK
from settings.base import Group
from settings.fields import BaseUrl, Headers, Host, Hosts, Networks, Origins


class ServingSettings(Group):
    """Where the server listens, and where requests may come from and go to."""

    host: Host = Field(default="127.0.0.1", description="Address to listen on. `::` accepts IPv6 and IPv4.")
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        description="Port to listen on. With 0 the system chooses one; the address is printed.",
    )
    public_url: BaseUrl | None = Field(
        default=None,
        description="URL at which browsers and Stripe reach the server; by default the address that it listens on. "
        "Register its `/stripe/callback` as the redirect URI at Stripe.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Number of processes. More than one requires PostgreSQL, and requires `STRIPE_API_BASE` to point "
        "to an external sandbox or Stripe.",
    )
    allowed_hosts: Hosts = Field(
        default=frozenset(),
        description="Further hosts that requests may be addressed to, besides `HOST`, the host of `PUBLIC_URL` and "
        "`localhost`.",
    )
    allowed_origins: Origins = Field(
        default=frozenset(), description="Origins whose pages may use the API, besides the server's own."
    )
    allowed_headers: Headers = Field(
        default=frozenset(),
        description="Further request headers that pages of `ALLOWED_ORIGINS` may send. The API's own, those of "
        "Apollo's clients and those of OpenTelemetry's and Sentry's tracing are always allowed.",
    )
    trusted_proxies: Networks = Field(
        default=(), description="Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted."
    )

    @property
    def address(self) -> str:
        """The URL at which this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not a bind
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def public_address(self) -> str:
        """The URL at which others reach the server."""
        return self.public_url or self.address

    @property
    def hosts(self) -> frozenset[str]:
        """All hosts that requests may be addressed to."""
        own = {urlsplit(address).hostname or "" for address in (self.address, self.public_address)}
        return self.allowed_hosts | own | LOOPBACK
