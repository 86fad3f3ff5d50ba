"""The ORM's modules are imported only by the packages allowed here; import-linter cannot check a library's modules."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import ROOT

_LAYERS = ("adapters", "kit", "models", "resolvers", "schema", "settings", "startup", "telemetry", "web")
# Each module of the ORM, with the packages that are allowed to import it.
_ROOMS = {
    "tortoise.exceptions": ("adapters", "models"),
    "tortoise.backends": (
        "adapters/database.py",
        "adapters/postgres",
        "adapters/sqlite",
        "models/migrations",
        "models/querying",
    ),
    "tortoise.connection": ("adapters/postgres", "adapters/sqlite"),
}


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("module", _ROOMS)
def test_modules_of_the_orm_stay_in_their_rooms(module: str) -> None:
    files = [file for layer in _LAYERS for file in (ROOT / layer).rglob("*.py")]
    importers = {
        str(file.relative_to(ROOT))
        for file in [*files, *ROOT.glob("*.py")]
        if any(name == module or name.startswith(f"{module}.") for name in _imports(file))
    }
    assert importers, "this test looks for something that nobody uses"
    assert [file for file in sorted(importers) if not file.startswith(_ROOMS[module])] == []


def test_only_the_programs_lie_at_the_root() -> None:
    assert {file.name for file in ROOT.glob("*.py")} == {"server.py", "cli.py"}
    assert len((ROOT / "server.py").read_text().splitlines()) <= 150
