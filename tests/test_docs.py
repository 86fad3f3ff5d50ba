"""All pages: links resolve, operations are valid, named codes and targets exist, and decisions have a status."""

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from tests.support.readme import DECISIONS, PAGES, code_blocks, page
from tests.support.servers import ROOT

_SCHEMA = build_schema((ROOT / "schema.graphql").read_text())
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
_ENTITY = re.compile(r"#\w+;")
_STATUS = re.compile(r"Status: (?:accepted|(?:accepted; the part on .+ )?superseded by (\d{4}))")
_SOURCES = "\n".join(file.read_text() for room in ("schema", "web") for file in (ROOT / room).rglob("*.py"))


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


_each_page = pytest.mark.parametrize("file", PAGES, ids=_name)


def _prose(text: str) -> str:
    """The text of a page without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def _anchors(text: str) -> set[str]:
    """The anchors that GitHub generates from a page's headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _links(text: str) -> list[str]:
    """The targets of a page's links and images within this repository."""
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


@_each_page
def test_messages_of_diagrams_are_shown_whole(file: Path) -> None:
    """Mermaid cuts a message of a sequence diagram at # and at ; unless they are an entity, such as #35;."""
    diagrams = [block for block in code_blocks("mermaid", PAGES[file]) if block.startswith("sequenceDiagram")]
    assert [line for block in diagrams for line in block.splitlines() if re.search("[#;]", _ENTITY.sub("", line))] == []


def test_operations_are_shown_where_clients_need_them() -> None:
    shown = {name: len(code_blocks("graphql", page(name))) for name in ("clients", "stripe", "partners")}
    assert min(shown.values()) > 1, shown


@pytest.mark.parametrize("name", ["clients", "limits", "authentication"])
def test_codes_are_those_of_the_server(name: str) -> None:
    assert _codes(name)
    assert [code for code in _codes(name) if f'"{code}"' not in _SOURCES] == []


def test_every_code_of_the_server_is_explained() -> None:
    codes = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+|TIMEOUT)"', _SOURCES))
    assert codes
    assert codes - {*_codes("clients"), *_codes("limits")} == set()


def _codes(name: str) -> list[str]:
    """The error codes on a page, including scopes, which look the same, and excluding settings."""
    words = re.findall(r"`([A-Z]+(?:_[A-Z]+)+|TIMEOUT|FORBIDDEN|UNAUTHENTICATED)`", page(name))
    return [word for word in words if f"`DRAWBRIDGE_{word}`" not in page("settings")]


@pytest.mark.parametrize("file", [file for file in PAGES if file not in DECISIONS], ids=_name)
def test_files_that_its_code_names_exist(file: Path) -> None:
    ending = "py|txt|toml|json|yaml|conf|service|graphql|example"
    named = re.findall(rf"(?<![\w/.-])((?:[\w-]+/)*[\w.-]+\.(?:{ending}))(?![\w.-])", "".join(_code(PAGES[file])))
    own = {
        "follow.py",
        "drawbridge.cdx.json",
        "drawbridge.env",
        "partner.py",
        "queries.graphql",
        "relay.config.json",
        "stripe-app.json",
    }  # created by the reader, or in a subfolder
    assert [name for name in named if name not in own and not (ROOT / name).exists()] == []


def _code(text: str) -> list[str]:
    """The inline code of a text."""
    return re.findall(r"`[^`\n]*`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


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
