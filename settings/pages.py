"""Settings of the pages for people."""

from pydantic import Field

from settings.base import Group, by_environment
from settings.fields import SupportUrl


class PageSettings(Group):
    """Which pages are served beside the API."""

    console: bool = Field(
        default=True, description="Whether the console is served at `/console/`, to which `/` then redirects."
    )
    graphiql: bool = Field(
        default_factory=by_environment(development=True, production=False),
        description="Whether GraphiQL is served at `/graphiql/`.",
    )
    support_url: SupportUrl = Field(
        default="", description="The page, or mailto: address, where users of the console get help. Empty: no link."
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the pages that are served."""
        return tuple(name for name, served in (("console", self.console), ("graphiql", self.graphiql)) if served)
