"""All pages: links lead somewhere, operations fit the schema, codes and targets exist, decisions have a status."""

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from tests.support.readme import DECISIONS, PAGES, code_blocks, page
from tests.support.servers import ROOT

_SCHEMA = build_schema((ROOT / "schema.graphql").read_text())
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
_STATUS = re.compile(r"Status: (?:accepted|(?:accepted; the part on .+ )?superseded by (\d{4}))")
_SOURCES = "\n".join(file.read_text() for room in ("schema", "web") for file in (ROOT / room).rglob("*.py"))

_each_page = pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))


def _prose(text: str) -> str:
    """A page without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def _anchors(text: str) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _links(text: str) -> list[str]:
    """The targets of a page's links and pictures on this project's own files."""
    found = [first or second for first, second in _LINK.findall(_prose(text))]
    return [link for link in found if not re.match(r"https?:", link)]


@_each_page
def test_links_and_anchors_lead_somewhere(file: Path) -> None:
    for link in _links(PAGES[file]):
        target, _, anchor = link.partition("#")
        led_to = (file.parent / target).resolve() if target else file
        assert led_to.exists(), link
        assert not anchor or anchor in _anchors(PAGES[led_to]), link


def test_every_page_is_linked_from_the_readme_or_an_index() -> None:
    linked = {(file.parent / link.partition("#")[0]).resolve() for file in PAGES for link in _links(PAGES[file])}
    assert set(PAGES) - linked <= {ROOT / "README.md"}


@_each_page
def test_operations_fit_the_schema(file: Path) -> None:
    for block in code_blocks("graphql", PAGES[file]):
        assert validate(_SCHEMA, parse(block)) == [], block


def test_operations_are_shown_where_clients_need_them() -> None:
    shown = {name: len(code_blocks("graphql", page(name))) for name in ("clients", "connecting-stripe", "partners")}
    assert min(shown.values()) > 1, shown


@pytest.mark.parametrize("name", ["clients", "limits", "authentication"])
def test_codes_are_those_of_the_server(name: str) -> None:
    codes = [code for code in re.findall(r"`([A-Z]+(?:_[A-Z]+)+|TIMEOUT|FORBIDDEN)`", page(name)) if _is_code(code)]
    assert codes
    assert [code for code in codes if f'"{code}"' not in _SOURCES] == []


def _is_code(word: str) -> bool:
    """Tells the codes of errors from settings, which docs/settings.md lists."""
    return f"`DRAWBRIDGE_{word}`" not in page("settings") and not word.endswith("_SECRETS")


@_each_page
def test_settings_that_it_names_exist(file: Path) -> None:
    named = set(re.findall(r"\bDRAWBRIDGE_[A-Z][A-Z_]*[A-Z]\b", PAGES[file]))
    assert [name for name in named if f"`{name}`" not in page("settings")] == []


@_each_page
def test_make_targets_that_it_names_exist(file: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"(?:^|`|&& )make (?:-C \S+ )?([a-z-]+)", PAGES[file], re.MULTILINE)
    assert sorted(set(named) - set(targets)) == []


@pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.stem)
def test_a_decision_has_a_status_and_is_short(file: Path) -> None:
    lines = DECISIONS[file].splitlines()
    assert len(lines) <= 40
    status = _STATUS.fullmatch(lines[2])
    assert status, lines[2]
    if later := status[1]:
        (superseding,) = (ROOT / "docs" / "decisions").glob(f"{later}-*.md")
        assert later > file.stem[:4]
        assert f"uperseded by [{int(later)}]({superseding.name})" in " ".join(" ".join(lines[3:]).split())


def test_the_index_lists_the_decisions_by_their_titles() -> None:
    listed = re.findall(r"^(\d+)\. \[(.*)\]\((.*)\)$", page("decisions/README"), re.MULTILINE)
    titles = {file: DECISIONS[file].splitlines()[0] for file in DECISIONS}
    assert [(f"# {number}. {title}", name) for number, title, name in listed] == [
        (title, file.name) for file, title in titles.items()
    ]
