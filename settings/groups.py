"""All groups of settings, and the requirements between them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self, get_type_hints

from settings.base import Group, variable
from settings.database import DatabaseSettings
from settings.identity import IdentitySettings
from settings.limits import LimitSettings
from settings.operating import OperatingSettings
from settings.pages import PageSettings
from settings.serving import ServingSettings
from settings.stripe import STRIPE_ITSELF, StripeSettings
from settings.webhooks import WebhookSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """The groups, each of which is handed to its users as it is."""

    serving: ServingSettings
    database: DatabaseSettings
    stripe: StripeSettings
    identity: IdentitySettings
    limits: LimitSettings
    operating: OperatingSettings
    pages: PageSettings
    webhooks: WebhookSettings

    @property
    def production(self) -> bool:
        return self.serving.production

    def bound_to(self, port: int, sandbox_port: int | None = None) -> Self:
        """The same settings with the ports that are listened on, which the system chose where the settings have 0."""
        return replace(self, serving=self.serving.model_copy(update={"port": port, "sandbox_port": sandbox_port}))

    @property
    def allowed_return_urls(self) -> frozenset[str]:
        """Pages to which users may return from Stripe: the server's own, and those of RETURN_URLS."""
        addresses = {self.serving.public_address}
        if not self.production and self.serving.public_url is None:
            addresses.add(f"http://localhost:{self.serving.port}")
        own = {f"{address}/{page}/" for address in addresses for page in self.pages.names}
        return self.stripe.return_urls | own

    def contradictions(self) -> Iterator[str]:
        """A sentence for each requirement between groups that is not met."""
        if not self.production:
            yield from self.serving.exposures()
        if self.serving.port == self.serving.sandbox_port != 0:
            yield f"{variable('sandbox_port')} and {variable('port')} must differ."
        if self.production and self.serving.sandbox_port is not None:
            yield f"{variable('sandbox_port')} cannot be set in production, which has no sandbox."
        if self.serving.workers > 1:
            yield from self._obstacles_to_workers()
        if self.production and self.stripe.connects:
            yield from self._obstacles_to_connecting()

    def _obstacles_to_workers(self) -> Iterator[str]:
        workers = variable("workers")
        if self.database.postgres_url is None:
            yield (
                f"{workers} must be 1 with SQLite, whose notifications reach one process. "
                f"Set {variable('database_url')} to a PostgreSQL database first."
            )
        if not self.production and self.stripe.stripe_api_base is None:
            base = variable("stripe_api_base")
            yield (
                f"{workers} must be 1 with the server's own sandbox, which runs in one process. "
                f"Set {base} to another server's sandbox or to {STRIPE_ITSELF} first."
            )
        if self.serving.sandbox_port is not None:
            yield f"{workers} must be 1 with {variable('sandbox_port')}: the sandbox runs in one process."

    def _obstacles_to_connecting(self) -> Iterator[str]:
        """Authorization codes travel through these URLs: they must be known and encrypted."""
        public_url, return_urls = variable("public_url"), variable("return_urls")
        if not self.serving.public_url or not self.allowed_return_urls:
            yield f"To connect accounts, set {public_url} and, without the console, {return_urls}."
        elif not all(url.startswith("https://") for url in (self.serving.public_url, *self.allowed_return_urls)):
            yield f"{public_url} and {return_urls} must use https in production."


GROUPS: Mapping[str, type[Group]] = get_type_hints(Settings)
