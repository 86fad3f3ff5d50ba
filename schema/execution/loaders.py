"""Loaders: one query for all rows that the fields of one list ask for."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from strawberry.dataloader import DataLoader

from models import ApiToken, Credential, Integration
from resolvers import credentials, integrations, tokens
from resolvers.context import Context

Row = TypeVar("Row", Integration, Credential, ApiToken)


def load_integration(context: Context) -> DataLoader[str, Integration | None]:
    """Integrations by id, None where there is none."""
    return _by_id(context, integrations.by_ids)


def load_credential(context: Context) -> DataLoader[str, Credential | None]:
    """Credentials by id, None where there is none."""
    return _by_id(context, credentials.by_ids)


def load_token(context: Context) -> DataLoader[str, ApiToken | None]:
    """Tokens by id, None where there is none."""
    return _by_id(context, tokens.by_ids)


def load_integrations_of(context: Context) -> DataLoader[str, list[Integration]]:
    """The integrations that use a credential, by its id."""

    async def load(credential_ids: list[str]) -> list[list[Integration]]:
        using: dict[str, list[Integration]] = defaultdict(list)
        for integration in await integrations.of_credentials(context, credential_ids):
            using[integration.credential_id].append(integration)
        return [using[id_] for id_ in credential_ids]

    return DataLoader(load, cache=False)


def _by_id(
    context: Context, by_ids: Callable[[Context, Collection[str]], Awaitable[Sequence[Row]]]
) -> DataLoader[str, Row | None]:
    async def load(ids: list[str]) -> list[Row | None]:
        rows = {row.id: row for row in await by_ids(context, dict.fromkeys(ids))}
        return [rows.get(id_) for id_ in ids]

    return DataLoader(load, cache=False)
