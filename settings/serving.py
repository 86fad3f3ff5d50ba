"""Settings of the server itself."""

from dataclasses import dataclass

from settings.reading import between, http_url, one_of, setting


@dataclass(frozen=True)
class ServingSettings:
    """Where and how it serves."""

    env: str = setting(
        one_of("development", "production"),
        "development",
        "`development`",
        "`development` or `production`. Production makes no keys or tokens by itself, does not migrate, and has no "
        "sandbox.",
    )
    host: str = setting(str, "127.0.0.1", "`127.0.0.1`", "The address to listen on.")
    port: int = setting(
        between(int, 0, 65535),
        "8000",
        "`8000`",
        "The port to listen on, from 0 to 65535. 0 lets the system choose one; the address is printed.",
    )
    public_url: str | None = setting(
        http_url,
        None,
        "the address that it listens on",
        "Where browsers and Stripe reach the server. `/stripe/callback` there is the redirect URI to register.",
    )
    workers: int = setting(
        between(int, 1, 64),
        "1",
        "`1`",
        "How many processes serve, from 1 to 64. More than one needs PostgreSQL, and a Stripe that is not the sandbox "
        "of this server.",
    )

    @property
    def production(self) -> bool:
        """Whether nothing may be made up."""
        return self.env == "production"

    @property
    def address(self) -> str:
        """Where this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not a bind
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def public_address(self) -> str:
        """Where others reach the server."""
        return self.public_url or self.address
