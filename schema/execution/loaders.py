"""Loaders that fetch the related rows of a whole list in one query."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TypeVar

from models import ApiToken, Credential, Integration
from resolvers import credentials, integrations, tokens
from resolvers.context import Context
from resolvers.integrations.of_credentials import PageOfCredential
from resolvers.kit.batch_loader import BatchLoader
from resolvers.kit.paging import Page

Row = TypeVar("Row", Integration, Credential, ApiToken)


def load_integration(context: Context) -> BatchLoader[str, Integration]:
    """Integrations by id."""
    return _by_id(context, integrations.by_ids)


def load_credential(context: Context) -> BatchLoader[str, Credential]:
    """Credentials by id."""
    return _by_id(context, credentials.by_ids)


def load_token(context: Context) -> BatchLoader[str, ApiToken]:
    """Tokens by id."""
    return _by_id(context, tokens.by_ids)


def load_integrations_of(context: Context) -> BatchLoader[PageOfCredential, Page[Integration]]:
    """Pages of the integrations that use a credential."""
    counts = BatchLoader(partial(integrations.counts_of_credentials, context))
    return BatchLoader(partial(integrations.pages_of_credentials, context, counts))


def _by_id(
    context: Context, by_ids: Callable[[Context, Collection[str]], Awaitable[Sequence[Row]]]
) -> BatchLoader[str, Row]:
    async def look_up(ids: Collection[str]) -> Mapping[str, Row]:
        return {row.id: row for row in await by_ids(context, ids)}

    return BatchLoader(look_up)
