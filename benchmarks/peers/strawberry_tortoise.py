"""Strawberry with Tortoise, combined as their documentation shows, with Strawberry's caches enabled."""

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from tortoise import fields
from tortoise.contrib.starlette import RegisterTortoise
from tortoise.models import Model

_ORGANIZATION = os.environ["ORGANIZATION_ID"]
_DATABASE = os.environ["DATABASE_URL"] + "?maxsize=10"  # the same limit as for the other servers


class CredentialRow(Model):
    """The columns that are returned."""

    id = fields.CharField(primary_key=True, max_length=64)
    status = fields.CharField(max_length=32)
    masked_secret = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "credentials"


class IntegrationRow(Model):
    """The columns that are returned or filtered by."""

    id = fields.CharField(primary_key=True, max_length=64)
    organization_id = fields.CharField(max_length=64)
    credential: fields.ForeignKeyRelation[CredentialRow] = fields.ForeignKeyField("models.CredentialRow")
    provider = fields.CharField(max_length=32)
    name = fields.CharField(max_length=100)
    active = fields.BooleanField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "integrations"


@strawberry.enum
class Provider(StrEnum):
    STRIPE = "STRIPE"


@strawberry.enum
class IntegrationStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"


@strawberry.type
class Credential:
    masked_secret: str | None


@strawberry.type
class Integration:
    id: strawberry.ID
    provider: Provider
    name: str
    status: IntegrationStatus
    created_at: datetime
    updated_at: datetime
    credential: Credential


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class IntegrationEdge:
    cursor: str
    node: Integration


@strawberry.type
class IntegrationConnection:
    edges: list[IntegrationEdge]
    page_info: PageInfo


@strawberry.type
class Query:
    @strawberry.field
    async def integrations(self, first: int = 20, after: str | None = None) -> IntegrationConnection:
        query = IntegrationRow.filter(organization_id=_ORGANIZATION)
        if after is not None:
            query = query.filter(id__lt=base64.urlsafe_b64decode(after).decode())
        rows = await query.order_by("-id").limit(first + 1).select_related("credential")
        edges = [IntegrationEdge(cursor=_cursor(row), node=_integration(row)) for row in rows[:first]]
        page_info = PageInfo(
            has_next_page=len(rows) > first,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return IntegrationConnection(edges=edges, page_info=page_info)

    @strawberry.field
    async def integration(self, id: strawberry.ID) -> Integration | None:
        found = IntegrationRow.get_or_none(organization_id=_ORGANIZATION, id=id)
        row = await found.select_related("credential")
        return _integration(row) if row else None


def _cursor(row: IntegrationRow) -> str:
    return base64.urlsafe_b64encode(row.id.encode()).decode()


def _integration(row: IntegrationRow) -> Integration:
    connected = row.credential.status == "CONNECTED"
    working = IntegrationStatus.ACTIVE if connected else IntegrationStatus.NEEDS_ATTENTION
    return Integration(
        id=strawberry.ID(row.id),
        provider=Provider(row.provider),
        name=row.name,
        status=working if row.active else IntegrationStatus.INACTIVE,
        created_at=row.created_at,
        updated_at=row.updated_at,
        credential=Credential(masked_secret=row.credential.masked_secret),
    )


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with RegisterTortoise(app, db_url=_DATABASE, modules={"models": [__name__]}):
        yield


_schema = strawberry.Schema(query=Query, extensions=[ParserCache, ValidationCache])
app = Starlette(routes=[Route("/graphql", GraphQL[None, None](_schema))], lifespan=_lifespan)
