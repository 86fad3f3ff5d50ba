"""Loaders that fetch the related rows of a whole list in one query."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TypeVar

from models import ApiToken, Credential, Integration
from resolvers import credentials, integrations, tokens
from resolvers.context import Context
from resolvers.kit.batch_loader import BatchLoader

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


def load_integrations_of(context: Context) -> BatchLoader[str, list[Integration]]:
    """Integrations by the id of their credential."""

    async def look_up(credential_ids: Collection[str]) -> Mapping[str, list[Integration]]:
        using: dict[str, list[Integration]] = defaultdict(list)
        for integration in await integrations.of_credentials(context, credential_ids):
            using[integration.credential_id].append(integration)
        return using

    return BatchLoader(look_up)


def _by_id(
    context: Context, by_ids: Callable[[Context, Collection[str]], Awaitable[Sequence[Row]]]
) -> BatchLoader[str, Row]:
    async def look_up(ids: Collection[str]) -> Mapping[str, Row]:
        return {row.id: row for row in await by_ids(context, ids)}

    return BatchLoader(look_up)
