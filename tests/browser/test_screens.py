"""Every screen and dialog meets WCAG A and AA and fits a phone, in light and dark mode."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.screens import fill, screens
from tests.support.browser import console
from tests.support.client import Client
from tests.support.readme import PAGES
from tests.support.servers import ROOT

_AXE = (ROOT / "tests" / "node" / "node_modules" / "axe-core" / "axe.min.js").read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_PHONE, _DESK = {"width": 375, "height": 740}, {"width": 1200, "height": 800}
_PICTURES = Path(__file__).parent / "screenshots"
_SHOWN = {"credentials-light", "credentials-dark", "add-integration-light", "wizard-stripe-light"}


async def _violations(page: Page) -> list[str]:
    """The violations that axe finds, in the form "rule: element"."""
    await page.evaluate(_AXE)
    found = await page.evaluate("rules => axe.run({ runOnly: rules })", _RULES)
    assert found["passes"]
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


async def _width(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_screen_is_for_everybody_and_for_every_width(browser: Browser, client: Client, scheme: str) -> None:
    await fill(client)
    _PICTURES.mkdir(exist_ok=True)
    async with console(browser, client, color_scheme=scheme, reduced_motion="reduce") as page:
        async for name in screens(page):
            assert await _violations(page) == [], name
            if f"{name}-{scheme}" in _SHOWN:
                await page.screenshot(path=_PICTURES / f"{name}-{scheme}.png")
            await page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
            assert await _width(page) <= _PHONE["width"], name
            if scheme == "light":  # a phone has the same colours
                assert await _violations(page) == [], f"{name}, on a phone"
            await page.set_viewport_size(_DESK)  # type: ignore[arg-type]


def test_the_pages_show_what_is_taken() -> None:
    pages = "\n".join(PAGES.values())
    assert set(re.findall(r"screenshots/([\w-]+)\.png", pages)) == _SHOWN
    assert {picture.stem for picture in (ROOT / "docs" / "screenshots").iterdir()} == _SHOWN
