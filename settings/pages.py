"""Settings of the pages for people."""

from dataclasses import dataclass

from settings.reading import setting, yes_or_no


@dataclass(frozen=True)
class PageSettings:
    """Which pages are served beside the API."""

    console: bool = setting(
        yes_or_no, "yes", "`yes`", "Whether the console is served at `/console/`, to where `/` leads: `yes` or `no`."
    )
    graphiql: bool | None = setting(
        yes_or_no, None, "`yes` in development, `no` in production", "Whether GraphiQL is served at `/graphiql/`."
    )
