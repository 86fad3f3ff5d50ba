"""Settings of the server itself."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import Field

from kit.loopback import LOOPBACK, is_loopback
from settings.base import Group, variable
from settings.fields import BaseUrl, Headers, Host, Hosts, Networks, Origins


class ServingSettings(Group):
    """Where the server listens, and where requests may come from and go to."""

    host: Host = Field(
        default="127.0.0.1",
        description="Address to listen on. `::` accepts IPv6 and IPv4. Development listens on this machine only: "
        "`127.0.0.1`, `::1` or `localhost`.",
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        description="Port to listen on. With 0 the system chooses one; the address is printed.",
    )
    sandbox_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="In development, a further port on which the sandbox answers without the path `/sandbox`, for "
        "Stripe's SDKs that take no path. With 0 the system chooses one; the address is printed.",
    )
    public_url: BaseUrl | None = Field(
        default=None,
        description="URL at which browsers and Stripe reach the server; by default the address that it listens on. "
        "Register its `/stripe/callback` as the redirect URI at Stripe. In development, a URL of this machine.",
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
        return self._address(self.port)

    @property
    def sandbox_address(self) -> str | None:
        """The URL at which this machine reaches the sandbox's own port."""
        return None if self.sandbox_port is None else self._address(self.sandbox_port)

    def _address(self, port: int) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not a bind
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def public_address(self) -> str:
        """The URL at which others reach the server."""
        return self.public_url or self.address

    @property
    def hosts(self) -> frozenset[str]:
        """All hosts that requests may be addressed to."""
        own = {urlsplit(address).hostname or "" for address in (self.address, self.public_address)}
        return self.allowed_hosts | own | LOOPBACK

    def exposures(self) -> Iterator[str]:
        """A sentence for each setting that lets other machines reach the server."""
        hosts = {
            "host": {self.host},
            "public_url": {urlsplit(self.public_url).hostname or ""} if self.public_url else set(),
            "allowed_hosts": self.allowed_hosts,
        }
        for name, named in hosts.items():
            if not all(map(is_loopback, named)):
                yield (
                    f"{variable(name)} must stay on this machine (localhost, 127.0.0.1 or ::1) in development, whose "
                    f"sandbox is open and whose webhook secrets are public. To serve others, set {variable('env')} to "
                    "production."
                )
