"""The console and GraphiQL: served files, Content-Security-Policy and revalidation."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from tests.support.plain import PLAIN
from tests.support.servers import ROOT, RunningServer, running_server
from tests.support.waiting import PATIENCE
from web.pages import page_routes

_PAGES = ("/console/", "/graphiql/")


def _get(server: RunningServer, path: str, **headers: str) -> httpx.Response:
    return httpx.get(server.address + path, headers=headers, verify=PLAIN, timeout=PATIENCE)


@pytest.mark.parametrize(("path", "place"), [("/", "console/"), ("/console", "console/"), ("/graphiql", "graphiql/")])
def test_short_addresses_lead_to_the_pages(any_server: RunningServer, path: str, place: str) -> None:
    answer = _get(any_server, path)
    assert (answer.status_code, answer.headers["location"]) == (307, place)


@pytest.mark.parametrize("path", _PAGES)
def test_a_page_loads_nothing_that_is_not_of_this_server(any_server: RunningServer, path: str) -> None:
    page = _get(any_server, path)
    assert page.status_code == 200
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert re.fullmatch(r"'self' 'sha256-[\w+/=]{44}'", policy["script-src"])
    assert policy["connect-src"] == "'self'"
    assert ("'unsafe-inline'" in policy["style-src"]) == (path == "/graphiql/"), "CodeMirror writes style elements"
    for loaded in re.findall(r'(?:src|href)="(.*?)"', page.text):
        assert _get(any_server, path + loaded).status_code == 200, loaded


def test_a_file_is_asked_for_anew_and_sent_once(any_server: RunningServer) -> None:
    first = _get(any_server, "/console/main.js")
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-type"].startswith("text/javascript")
    assert "script-src" not in first.headers["content-security-policy"]
    again = _get(any_server, "/console/main.js", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/console/package.json",
        "/console/node_modules/preact/package.json",
        "/console/node_modules/htm/README.md",
        "/console/.npmrc",
        "/console/api",
        "/console/%2e%2e/server.py",
        "/console/..%2f..%2fetc/passwd.js",
        "/console/nope.js",
        "/console/%00.js",
    ],
)
def test_nothing_else_is_served(any_server: RunningServer, path: str) -> None:
    answer = _get(any_server, path)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"


async def test_without_its_packages_the_page_says_what_to_do_and_the_api_runs(tmp_path: Path) -> None:
    folder = tmp_path / "console"
    shutil.copytree(ROOT / "console", folder, ignore=shutil.ignore_patterns("node_modules"))
    transport = httpx.ASGITransport(Starlette(routes=page_routes("console", folder)))
    async with httpx.AsyncClient(transport=transport, base_url="http://drawbridge", timeout=PATIENCE) as http:
        answer = await http.get("/console/")
    assert answer.status_code == 503
    assert "make install" in answer.text


@pytest.mark.parametrize(
    ("settings", "served"),
    [
        ({}, {"/": 307, "/console/": 200, "/graphiql/": 200}),
        ({"CONSOLE": "no", "GRAPHIQL": "no"}, {"/": 404, "/console/": 404, "/graphiql/": 404}),
    ],
    ids=["development", "switched off"],
)
@pytest.mark.usefixtures("sqlite")
def test_pages_are_settings(tmp_path: Path, settings: dict[str, str], served: dict[str, int]) -> None:
    with running_server(tmp_path, **settings) as server:
        assert {path: _get(server, path).status_code for path in served} == served


@pytest.mark.parametrize("path", ["credentials", "integrations/new/STRIPE"])
def test_an_address_that_was_typed_without_the_hash_leads_to_its_page(any_server: RunningServer, path: str) -> None:
    answer = _get(any_server, f"/console/{path}", Accept="text/html,*/*")
    assert (answer.status_code, answer.headers["location"]) == (307, f"/console/#/{path}")
    assert _get(any_server, f"/console/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/nowhere", "/console/nope.js"])
def test_a_person_gets_a_page_where_a_program_gets_json(any_server: RunningServer, path: str) -> None:
    answer = _get(any_server, path, Accept="text/html,*/*")
    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert _get(any_server, path).json()["errors"]


@pytest.mark.usefixtures("sqlite")
def test_the_console_links_to_the_operators_support(tmp_path: Path) -> None:
    with running_server(tmp_path, SUPPORT_URL="mailto:help@acme.example") as server:
        assert '<meta name="support" content="mailto:help@acme.example">' in _get(server, "/console/").text
