"""Relay's global object identification (https://relay.dev/graphql/objectidentification.htm): objects by their ids."""

import asyncio
from collections.abc import Collection
from typing import cast

from models import is_id
from resolvers.refusals import Refusal
from resolvers.rows import refuse_too_many
from schema.execution.context import GraphQLContext
from schema.interfaces import Node
from schema.types.integration import Credential, Integration
from schema.types.token import ApiToken
from schema.types.viewer import Organization
from schema.types.webhook import WebhookEndpoint


async def node_of(context: GraphQLContext, id_: str) -> Node | None:
    """The object, or None if the id is unknown or of another organization; raises Forbidden."""
    organization = context.viewer().organization
    if id_ == organization.id:
        return Organization.of(organization)
    if is_id("integration", id_):
        integration = await context.integration.load(id_)
        return Integration.of(integration) if integration else None
    if is_id("credential", id_):
        credential = await context.credential.load(id_)
        return Credential.of(credential) if credential else None
    if is_id("token", id_):
        token = await context.token.load(id_)
        return ApiToken.of(token) if token else None
    if is_id("endpoint", id_):
        endpoint = await context.webhook_endpoint.load(id_)
        return WebhookEndpoint.of(endpoint) if endpoint else None
    return None


async def nodes_of(context: GraphQLContext, ids: Collection[str]) -> list[Node | None]:
    """The objects in the order of the ids; raises InvalidArgument. One query per type.

    A refused object is an exception in the list, which GraphQL reports at its place: the others are still returned.
    """
    refuse_too_many(ids)
    found = await asyncio.gather(*(node_of(context, id_) for id_ in ids), return_exceptions=True)
    for item in found:
        if isinstance(item, BaseException) and not isinstance(item, Refusal):
            raise item
    return cast("list[Node | None]", found)
