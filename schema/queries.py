"""The queries of the API. Each field calls one use case."""

from typing import Annotated

import strawberry

from resolvers import catalogue, credentials, integrations, tokens, webhooks
from resolvers.credentials.read import CredentialFilter
from resolvers.events import read as log
from resolvers.integrations.read import IntegrationFilter
from resolvers.kit.ordering import NounOrder
from resolvers.webhooks.read import WebhookEndpointFilter
from schema.connections import After, Before, Connection, First, Last, window
from schema.execution.cacheable import NOT_CACHEABLE, SELECTS_LOG
from schema.execution.context import Info
from schema.filters import (
    CredentialFilterInput,
    CredentialOrderInput,
    EventFilterInput,
    IntegrationFilterInput,
    IntegrationOrderInput,
    WebhookEndpointFilterInput,
)
from schema.interfaces import Node
from schema.nodes import node_of, nodes_of
from schema.types.catalogue import AvailableIntegration
from schema.types.event import Event, event_of
from schema.types.integration import Credential, Integration
from schema.types.token import ApiToken
from schema.types.viewer import Viewer
from schema.types.webhook import WebhookEndpoint

Id = Annotated[strawberry.ID, strawberry.argument(description="The id. The result is null if it is unknown.")]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description="The ids, at most 100.")]
IntegrationConditions = Annotated[
    IntegrationFilterInput | None, strawberry.argument(description="Return only rows that match this filter.")
]
CredentialConditions = Annotated[
    CredentialFilterInput | None, strawberry.argument(description="Return only rows that match this filter.")
]
EventConditions = Annotated[
    EventFilterInput | None, strawberry.argument(description="Return only rows that match this filter.")
]
WebhookEndpointConditions = Annotated[
    WebhookEndpointFilterInput | None, strawberry.argument(description="Return only rows that match this filter.")
]
IntegrationOrder = Annotated[
    IntegrationOrderInput | None, strawberry.argument(description="The order of the rows. The default is newest first.")
]
CredentialOrder = Annotated[
    CredentialOrderInput | None, strawberry.argument(description="The order of the rows. The default is newest first.")
]


@strawberry.type(description="The queries of the API.")
class Query:
    @strawberry.field(description="The authenticated caller. Needs a token, but no scope.", metadata=NOT_CACHEABLE)
    def viewer(self, info: Info) -> Viewer:
        """Not cacheable, because viewers with the same scopes share cached responses."""
        return Viewer.of(info.context.viewer())

    @strawberry.field(description="The integrations that can be added. Needs READ.")
    def available_integrations(self, info: Info) -> list[AvailableIntegration]:
        return [AvailableIntegration.of(entry) for entry in catalogue.available(info.context)]

    @strawberry.field(description="The organization's integrations. Needs READ.")
    async def integrations(  # noqa: PLR0913, PLR0917 - Relay's four, a filter and an order
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        filter: IntegrationConditions = strawberry.UNSET,
        order_by: IntegrationOrder = strawberry.UNSET,
    ) -> Connection[Integration]:
        page = await integrations.page(
            info.context,
            filter.unpack() if filter else IntegrationFilter(),
            order_by.unpack() if order_by else NounOrder(),
            window(first, after, last, before),
        )
        return Connection.of(page, Integration.of)

    @strawberry.field(description="An integration by its id. Needs READ.")
    async def integration(self, info: Info, id: Id) -> Integration | None:
        row = await integrations.find(info.context, id)
        return Integration.of(row) if row else None

    @strawberry.field(description="The organization's credentials. Needs READ.")
    async def credentials(  # noqa: PLR0913, PLR0917 - Relay's four, a filter and an order
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        filter: CredentialConditions = strawberry.UNSET,
        order_by: CredentialOrder = strawberry.UNSET,
    ) -> Connection[Credential]:
        page = await credentials.page(
            info.context,
            filter.unpack() if filter else CredentialFilter(),
            order_by.unpack() if order_by else NounOrder(),
            window(first, after, last, before),
        )
        return Connection.of(page, Credential.of)

    @strawberry.field(description="A credential by its id. Needs READ.")
    async def credential(self, info: Info, id: Id) -> Credential | None:
        row = await credentials.find(info.context, id)
        return Credential.of(row) if row else None

    @strawberry.field(description="The organization's API tokens, newest first. Needs MANAGE_TOKENS.")
    async def tokens(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[ApiToken]:
        page = await tokens.page(info.context, window(first, after, last, before))
        return Connection.of(page, ApiToken.of)

    @strawberry.field(description="The organization's webhook endpoints, newest first. Needs READ.")
    async def webhook_endpoints(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        filter: WebhookEndpointConditions = strawberry.UNSET,
    ) -> Connection[WebhookEndpoint]:
        conditions = filter.unpack() if filter else WebhookEndpointFilter()
        page = await webhooks.page(info.context, conditions, window(first, after, last, before))
        return Connection.of(page, WebhookEndpoint.of)

    @strawberry.field(description="A webhook endpoint by its id. Needs READ.")
    async def webhook_endpoint(self, info: Info, id: Id) -> WebhookEndpoint | None:
        row = await webhooks.find(info.context, id)
        return WebhookEndpoint.of(row) if row else None

    @strawberry.field(description="The organization's event log, oldest first. Needs READ.", metadata=SELECTS_LOG)
    async def events(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        filter: EventConditions = strawberry.UNSET,
    ) -> Connection[Event]:
        conditions = filter.unpack() if filter else log.EventFilter()
        page = await log.page(info.context, conditions, window(first, after, last, before))
        return Connection.of(page, event_of)

    @strawberry.field(
        description="The cursor of the newest event. To follow a list without missing a change, query this field "
        "together with the list, then subscribe with it as 'after'. Needs READ.",
        metadata=SELECTS_LOG,
    )
    async def event_cursor(self, info: Info) -> str:
        return log.newest_cursor(info.context)

    @strawberry.field(description="An object by its id. Needs the same scope as the object's own query.")
    async def node(self, info: Info, id: Id) -> Node | None:
        return await node_of(info.context, id)

    @strawberry.field(
        description="Objects by their ids, in the same order; null for an unknown id. Each needs the same scope as its "
        "own query."
    )
    async def nodes(self, info: Info, ids: Ids) -> list[Node | None]:
        return await nodes_of(info.context, ids)
