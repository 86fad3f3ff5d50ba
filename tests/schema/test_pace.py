"""Completing long lists does not hold the event loop, so that others are answered and a timeout ends the query."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import strawberry
from strawberry.types.graphql import OperationType

from models import Integration, Organization, Scope
from models.migrations import migrate
from resolvers.context import Viewer
from schema.build import schema
from schema.execution import pace
from schema.execution.context import GraphQLContext
from schema.execution.fast_fields import FastFieldExecutor
from settings.limits import LimitSettings
from startup.services import create_services
from tests.support.databases import opened, settings_in
from tests.support.rows import connected_credential, integration_using

_SHARING = 1500
_LIST = """{ integrations(first: 100) { nodes { id credential { name integrations(first: 20) { nodes { id } } } } } }"""


@strawberry.type
class _Thing:
    size: int

    @strawberry.field
    def things(self, length: int) -> list["_Thing"]:
        return [_Thing(size=size) for size in range(length)]


_small = strawberry.Schema(_Thing, execution_context_class=FastFieldExecutor)


async def _turns(work: asyncio.Task[Any]) -> int:
    """The turns of the event loop until the work is done."""
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


async def _result(document: str) -> tuple[Any, int]:
    work: asyncio.Task[Any] = asyncio.create_task(_small.execute(document, root_value=_Thing(size=0)))
    turns = await _turns(work)
    assert work.result().errors is None
    return work.result().data, turns


@pytest.mark.parametrize(
    ("document", "least"),
    [("{ things(length: 1000) { size } }", 1000), ("{ things(length: 20) { things(length: 50) { size } } }", 50)],
)
async def test_a_list_takes_as_many_turns_as_it_needs(
    document: str, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, _ = await _result(document)
    monkeypatch.setattr("schema.execution.fast_fields._pace", _OneItemPerTurn())
    paced, turns = await _result(document)
    assert paced == at_once
    assert turns >= least


class _OneItemPerTurn(pace.Pace):
    """A pace at which each item uses a turn up, however fast the machine is."""

    def __init__(self) -> None:
        super().__init__()
        self._used = False

    def used_up(self) -> bool:
        used, self._used = self._used, not self._used
        return used


async def test_a_query_that_only_computes_ends_with_its_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(pace.Pace):
        def used_up(self) -> bool:
            return True

    monkeypatch.setattr("schema.execution.fast_fields._pace", Endless())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await _small.execute("{ things(length: 1000) { size } }", root_value=_Thing(size=0))


def _named(row: Integration, number: int) -> Integration:
    row.name = row.name_key = f"{number}"
    return row


@pytest.mark.usefixtures("engine")
async def test_many_integrations_of_one_credential_leave_others_their_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(settings_in(tmp_path)):
        await migrate()
        organization = await Organization.create(name="Sharing", created_at=datetime.now(UTC))
        services = create_services(settings_in(tmp_path))
        credential = connected_credential(organization.id, "One", lambda _: "v1.another." + "x" * 140)
        await credential.save(force_create=True)
        await Integration.bulk_create(_named(integration_using(credential), number) for number in range(_SHARING))
        context = GraphQLContext(services, Viewer("x", organization, "x", frozenset(Scope)), limits=LimitSettings())
        monkeypatch.setattr("schema.execution.fast_fields._pace", _OneItemPerTurn())
        query = schema.execute(_LIST, context_value=context, allowed_operation_types={OperationType.QUERY})
        work: asyncio.Task[Any] = asyncio.create_task(query)
        assert await _turns(work) >= 100
        assert work.result().errors is None
        assert len(work.result().data["integrations"]["nodes"]) == 100
