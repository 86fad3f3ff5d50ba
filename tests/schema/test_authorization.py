"""docs/authorization.md matches tests/schema/test_permissions.py and lists every entry point of the server."""

from pathlib import Path

import pytest
from starlette.routing import Mount, Route, WebSocketRoute

from server import create_application
from tests.support.authorization import FILE, rendered
from tests.support.databases import settings_in

pytestmark = pytest.mark.usefixtures("sqlite")


def test_the_document_matches_the_schema() -> None:
    assert FILE.read_text() == rendered(), "run 'make authorization'"


def test_it_lists_each_served_path(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    routes = create_application(settings).routes
    paths = {route.path for route in routes if isinstance(route, Route | WebSocketRoute | Mount)}
    assert len(paths) >= 6
    assert [path for path in paths if f"`{path}`" not in FILE.read_text()] == []
