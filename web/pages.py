"""Pages for browsers: each is a folder with an index.html, its modules and the installed npm packages."""

import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.middleware.security_headers import source_of
from web.notices import notice

# Files have no versions in their names, so browsers must revalidate after a deploy; most responses are 304.
_REVALIDATE = {"Cache-Control": "no-cache"}
_SERVED = {".css", ".graphql", ".js", ".mjs", ".svg"}
_PATH_OF_THE_PAGE = re.compile(r"[a-z]+(/\w+)*")
_INLINE_SCRIPT = re.compile(r"<script(?: type=\"importmap\")?>(.*?)</script>", re.DOTALL)

_NOT_INSTALLED = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Not installed</title>
<h1>This page is not installed</h1>
<p>The API is running, but this page's assets are missing. Run <code>make install</code>.
</html>
"""


_NOWHERE = '<p>This address does not exist. <a href="/">Go to the first page</a>.'


def is_for_people(request: Request) -> bool:
    """Whether a browser asks for a page, rather than a program for data."""
    return "text/html" in request.headers.get("accept", "")


def nowhere() -> Response:
    """The answer to a person whose address does not exist."""
    return notice(404, "Nothing here", _NOWHERE)


def page_routes(
    name: str, folder: Path, *, writes_styles: bool = False, values: Mapping[str, str] | None = None
) -> list[BaseRoute]:
    """Serves the page at `/name/`. `writes_styles` is for a page whose scripts write <style> elements.

    `values` are the contents of the page's <meta> elements, by their names.
    """
    styles = "'self' 'unsafe-inline'" if writes_styles else "'self'"

    def index(_: Request) -> Response:
        if not _installed(folder):
            return HTMLResponse(_NOT_INSTALLED, 503)
        page = _with_values((folder / "index.html").read_text(), values or {})
        return HTMLResponse(page, headers=_REVALIDATE | {"Content-Security-Policy": _policy(page, styles)})

    return [
        Route(f"/{name}", lambda _: RedirectResponse(f"{name}/")),
        Route(f"/{name}/", index),
        Mount(f"/{name}", _Files(directory=folder)),
    ]


def _with_values(page: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        page = page.replace(f'<meta name="{name}" content="">', f'<meta name="{name}" content="{escape(value)}">')
    return page


def _policy(page: str, styles: str) -> str:
    """The Content-Security-Policy: allows files of this server, and the page's inline import map by its hash."""
    scripts = " ".join(source_of(text) for text in _INLINE_SCRIPT.findall(page))
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src {styles}; img-src 'self' data:; font-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _installed(folder: Path) -> bool:
    packages = json.loads((folder / "package.json").read_text())["dependencies"]
    return all((folder / "node_modules" / package).is_dir() for package in packages)


class _Files(StaticFiles):
    """Serves modules, styles and images only, not the other files of npm packages."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if _PATH_OF_THE_PAGE.fullmatch(path) and is_for_people(Request(scope)):
            return RedirectResponse(f"{scope['root_path']}/#/{path}")  # typed without the #
        if Path(path).suffix not in _SERVED:
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers.update(_REVALIDATE)
        return response
