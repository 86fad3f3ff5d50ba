"""docs/architecture.md: its packages exist, "Where is …?" names real paths, and the linter checks the layers' order."""

import re
import tomllib

import pytest

from tests.support.readme import README, page
from tests.support.servers import ROOT

_PAGE = page("architecture")
_ANSWERS = re.findall(r"^\| .*\? \| `([\w/.]+)` \| `(\w+)` \|$", _PAGE, re.MULTILINE)
_CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def test_what_a_maintainer_asks_first_is_answered() -> None:
    questions = _PAGE.partition("## The house")[0]
    for what in ("a credential expire", "a key checked", "a limit", "a webhook from Stripe arrive"):
        assert what in questions
    assert len(_ANSWERS) == questions.count("\n| ") - 2  # without the table's head


@pytest.mark.parametrize(("place", "name"), _ANSWERS, ids=[name for _, name in _ANSWERS])
def test_an_answer_leads_to_what_it_names(place: str, name: str) -> None:
    where = ROOT / place
    files = sorted(where.rglob("*.py")) if where.is_dir() else [where]
    defined = re.compile(rf"^ *(?:(?:async )?def|class) {name}\b|^{name} = ", re.MULTILINE)
    assert [file for file in files if defined.search(file.read_text())]


def test_all_rooms_exist_and_all_packages_are_rooms() -> None:
    rooms = set(re.findall(r"`(\w+(?:/\w+)*/)`", _PAGE))
    assert [room for room in rooms if not (ROOT / room).is_dir()] == []
    assert [package for package in _CONTRACTS["root_packages"] if f"{package}/" not in rooms] == []


@pytest.mark.parametrize("text", [_PAGE, README], ids=["architecture", "README"])
def test_the_direction_is_the_one_that_the_linter_checks(text: str) -> None:
    (contract,) = (contract for contract in _CONTRACTS["contracts"] if contract["type"] == "layers")
    assert " → ".join(contract["layers"]) in text
