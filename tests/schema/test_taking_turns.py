"""One viewer's queries, and the statements of one organization's queries, are bounded at a time."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from strawberry.types.graphql import OperationType

from kit.turns import Turns
from models import Organization, Scope
from models.migrations import migrate
from resolvers.context import Viewer
from schema.build import schema
from schema.execution.context import GraphQLContext
from settings.limits import LimitSettings
from startup.services import create_services
from tests.support.databases import opened, settings_in

pytestmark = pytest.mark.usefixtures("engine")

_ALIASED = "{ " + " ".join(f"a{number}: integrations {{ nodes {{ id }} }}" for number in range(20)) + " }"


class _Watched(Turns):
    """Records how many had a turn at the same time."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.now = self.peak = self.turns = 0

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        async with super().turn(key):
            self.now, self.turns = self.now + 1, self.turns + 1
            self.peak = max(self.peak, self.now)
            await asyncio.sleep(0)  # so that all who may run at the same time do
            yield
            self.now -= 1


async def _execute(context: GraphQLContext, document: str) -> Any:  # noqa: ANN401 - JSON
    result = await schema.execute(document, context_value=context, allowed_operation_types={OperationType.QUERY})
    assert result.errors is None
    return result.data


async def test_the_statements_of_a_query_take_turns_and_so_do_a_viewers_queries(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path)):
        await migrate()
        organization = await Organization.create(name="Busy", created_at=datetime.now(UTC))
        viewer = Viewer("busy", organization, "busy", frozenset(Scope))
        reads, queries = _Watched(2), _Watched(3)
        services = replace(create_services(settings_in(tmp_path)), reads=reads, queries=queries)
        contexts = [GraphQLContext(services, viewer, limits=LimitSettings()) for _ in range(10)]
        await asyncio.gather(*(_execute(context, _ALIASED) for context in contexts))
        assert (queries.turns, queries.peak) == (10, 3)
        assert (reads.turns, reads.peak) == (200, 2)
