"""Prepares the database before the server starts, and lists the addresses for the operator."""

from collections.abc import Iterator
from contextlib import aclosing

from kit.secret import Secret
from settings import Settings
from startup import development
from startup.database import open_database
from startup.services import check_encryption_keys, create_services


async def prepare(settings: Settings) -> str:
    """Checks the database and its keys, and returns the addresses to print; raises StartupError."""
    async with aclosing(create_services(settings)) as services, open_database(settings):
        await check_encryption_keys(services)
        token = None
        if not settings.production:
            token = await development.ready_token(settings.database.sqlite_path.parent, services)
        return "\n".join(_addresses(settings, token))


def _addresses(settings: Settings, token: Secret | None) -> Iterator[str]:
    """Labels and addresses. In development the links sign in."""
    fragment = f"#token={token.reveal()}" if token else ""
    titles = {"console": "Console  ", "graphiql": "GraphiQL "}
    for page in settings.pages.names:
        yield f"{titles[page]} {settings.serving.public_address}/{page}/{fragment}"
    yield f"GraphQL   {settings.serving.address}/graphql"
    if token:
        yield f"Sandbox   {settings.serving.address}/sandbox/"
        if address := settings.serving.sandbox_address:
            yield f"for SDKs  {address}"
        yield f"Token     {token.reveal()}"
