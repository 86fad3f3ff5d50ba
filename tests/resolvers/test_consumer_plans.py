"""SQLite's plan for a credential's consumers: it seeks from one to the next.

PostgreSQL's is among those of pages.
"""

from datetime import UTC, datetime

import pytest
from tortoise.context import TortoiseContext

from models import Organization, Scope
from resolvers.context import Context, Viewer
from resolvers.credentials.consumers import consumers
from resolvers.kit.paging import Window
from resolvers.services import Services
from tests.support.plans import Statements, sqlite_plan

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")


async def test_sqlite_seeks_by_kind_and_id_of_the_caller(
    database: TortoiseContext, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with database:
        organization = await Organization.create(name="Acme", created_at=datetime.now(UTC))
        context = Context(services, Viewer("test", organization, "test", frozenset(Scope)))
        statements = Statements(caplog)
        await consumers(context, "credential_1", Window())
        (statement,) = [sent for sent in statements.sent() if "RECURSIVE" in sent[0]]
        plan = await sqlite_plan(statement)
    searches = [step.partition("events_of_consumers ")[2] for step in plan if "events_of_consumers" in step]
    assert searches == [
        "(credential_id=?)",
        "(credential_id=? AND actor_kind=? AND actor_id>?)",
        "(credential_id=? AND actor_kind>?)",
    ]
    assert [step for step in plan if step.startswith("SCAN")] == ["SCAN consumers"] * 2
