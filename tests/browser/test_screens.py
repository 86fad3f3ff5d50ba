"""Every screen and dialog meets WCAG A and AA and fits a phone, in light and dark mode."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from tests.browser.screens import fill, screens
from tests.support.actions import add_integration
from tests.support.browser import console, go, window
from tests.support.client import Client
from tests.support.organizations import Tenant
from tests.support.readme import PAGES
from tests.support.servers import ROOT

_AXE = (ROOT / "tests" / "node" / "node_modules" / "axe-core" / "axe.min.js").read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_PHONE, _TABLET, _DESK = ({"width": width, "height": 800} for width in (360, 820, 1280))
_PICTURES = Path(__file__).parent / "screenshots"
_SHOWN = {
    "credentials-light",
    "credentials-dark",
    "add-integration-light",
    "wizard-stripe-light",
    "webhook-endpoint-light",
}


async def _violations(page: Page) -> list[str]:
    """The violations that axe finds, in the form "rule: element"."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_AXE)
    options = {"runOnly": _RULES, "resultTypes": ["violations"]}  # details of what passes take longer than the rules
    found = await page.evaluate("options => axe.run(options)", options)
    assert found["passes"]
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


async def _width(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_screen_is_for_everybody_and_for_every_width(browser: Browser, tenant: Tenant, scheme: str) -> None:
    await fill(tenant.server, tenant.client)
    _PICTURES.mkdir(exist_ok=True)
    async with console(browser, tenant.client, color_scheme=scheme, reduced_motion="reduce") as page:
        async for name in screens(page):
            await expect(page.locator(".loading")).to_have_count(0)
            assert await _violations(page) == [], name
            if f"{name}-{scheme}" in _SHOWN:
                await page.screenshot(path=_PICTURES / f"{name}-{scheme}.png")
            for size in (_TABLET, _PHONE):
                await page.set_viewport_size(size)  # type: ignore[arg-type]
                assert await _width(page) <= size["width"], (name, size)
                if scheme == "light":  # the colours are the same at each width
                    assert await _violations(page) == [], (name, size)
            await page.set_viewport_size(_DESK)  # type: ignore[arg-type]


async def test_what_is_loading_and_what_has_failed_is_for_everybody_too(browser: Browser, client: Client) -> None:
    fail = asyncio.Event()

    async def hold(route: Route) -> None:
        await fail.wait()
        await route.abort()

    async with console(browser, client, unreachable=True) as page:
        await page.route("**/graphql", hold)
        await go(page, "activity")
        await expect(page.locator(".loading")).to_be_visible()
        assert await _violations(page) == []
        fail.set()
        await expect(page.get_by_role("button", name="Try again")).to_be_visible()
        assert await _violations(page) == []


def test_the_pages_show_what_is_taken() -> None:
    pages = "\n".join(PAGES.values())
    assert set(re.findall(r"screenshots/([\w-]+)\.png", pages)) == _SHOWN
    assert {picture.stem for picture in (ROOT / "docs" / "screenshots").iterdir()} == _SHOWN


async def test_long_names_and_names_from_right_to_left_fit(browser: Browser, client: Client) -> None:
    for name in ("x" * 100, "\N{HEBREW LETTER ALEF}" * 100, "\N{ARABIC LETTER ALEF}\N{ARABIC LETTER BEH} (1)"):
        integration = await add_integration(client, name)
        async with console(browser, client) as page:
            for path in ("integrations", f"integrations/{integration['id']}", f"integrations/{integration['id']}/edit"):
                await go(page, path)
                for size in (_DESK, _TABLET, _PHONE):
                    await page.set_viewport_size(size)  # type: ignore[arg-type]
                    assert await _width(page) <= size["width"], (name, path, size)


async def test_the_first_sight_is_light(browser: Browser, client: Client) -> None:
    """At most 300 KB and 60 requests, without a cache."""
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    async with window(browser, client.address) as page:
        page.on("requestfinished", note)
        await page.goto(f"{client.address}/console/#token={client.token}")
        await expect(page.get_by_text("There are no integrations yet.")).to_be_visible()
        sizes = [(await request.sizes())["responseBodySize"] for request in finished]
        assert 10 < len(sizes) <= 60
        assert sum(sizes) <= 300_000
