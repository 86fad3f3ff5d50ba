"""The console's operations fit the schema, its code is small, and it names no other host."""

import re
from itertools import chain
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from tests.support.node import running
from tests.support.servers import ROOT

_CONSOLE = ROOT / "console"
_COMMENTS = re.compile(r"(?<![\w*\"])/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE)
_MOST_LINES = 3200


def _own(*kinds: str) -> list[Path]:
    files = chain.from_iterable(_CONSOLE.rglob(f"*.{kind}") for kind in kinds)
    return [file for file in files if "node_modules" not in file.parts]


async def test_every_operation_of_the_console_fits_the_schema() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text())
    async with running("exports.mjs", str(_CONSOLE / "api" / "operations.js")) as program:
        documents = await program.line()
    assert len(documents) > 15
    for name, document in documents.items():
        assert validate(schema, parse(document)) == [], name


def test_the_console_is_small() -> None:
    lines = [line for file in _own("js", "css", "html") for line in _COMMENTS.sub("", file.read_text()).splitlines()]
    assert len([line for line in lines if line.strip()]) < _MOST_LINES


@pytest.mark.parametrize("kind", ["js", "css", "html"])
def test_the_console_names_no_host(kind: str) -> None:
    for file in _own(kind):
        assert not re.findall(r"https?://", _COMMENTS.sub("", file.read_text())), file
