"""Loaders that fetch the related rows of a whole list in one query."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TypeVar

from models import ApiToken, Credential, Integration, WebhookEndpoint
from resolvers import credentials, integrations, tokens, webhooks
from resolvers.context import Context
from resolvers.events.read import organization_now
from resolvers.integrations.of_credentials import PageOfCredential
from resolvers.kit.batch_loader import BatchLoader
from resolvers.kit.paging import Page

Row = TypeVar("Row", Integration, Credential, ApiToken, WebhookEndpoint)


def load_integration(context: Context) -> BatchLoader[str, Integration]:
    """Integrations by id."""
    return _by_id(context, integrations.by_ids)


def load_credential(context: Context) -> BatchLoader[str, Credential]:
    """Credentials by id."""
    return _by_id(context, credentials.by_ids)


def load_token(context: Context) -> BatchLoader[str, ApiToken]:
    """Tokens by id."""
    return _by_id(context, tokens.by_ids)


def load_webhook_endpoint(context: Context) -> BatchLoader[str, WebhookEndpoint]:
    """Webhook endpoints by id."""
    return _by_id(context, webhooks.by_ids)


def load_log_position(context: Context) -> BatchLoader[str, int]:
    """The current position of the log, by the id of the viewer's organization."""

    async def look_up(_: Collection[str]) -> Mapping[str, int]:
        organization = await organization_now(context)
        return {organization.id: organization.position}

    return BatchLoader(look_up)


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
