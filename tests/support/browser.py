"""A real browser, which fails tests on page errors and on requests to other hosts."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, async_playwright, expect

from tests.support.client import Client
from tests.support.documents import CREDENTIALS
from tests.support.secrecy import show
from tests.support.servers import ROOT

_PROGRAM = ROOT / ".venv" / "chromium"  # `make .venv/chromium` writes its path there
# As root, Chromium needs --no-sandbox. The other options prevent requests of its own, because tests may run offline.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_APPROVE = re.compile("^(Approve access|Install)$")
_PATIENCE_MILLISECONDS = 30_000
# Chromium's own messages about failed or missing responses.
_NETWORK = ("Failed to load resource", "WebSocket connection to")

expect.set_options(timeout=_PATIENCE_MILLISECONDS)


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """Runs headless Chromium."""
    program = _PROGRAM.read_text().strip()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def window(browser: Browser, address: str, *, unreachable: bool = False, **options: Any) -> AsyncIterator[Page]:
    """Opens a window with its own storage and checks it at the end. `unreachable` allows failed responses."""
    context = await browser.new_context(viewport={"width": 1200, "height": 800}, locale="en-GB", **options)
    context.set_default_timeout(_PATIENCE_MILLISECONDS)
    said, elsewhere = _listen(context, urlsplit(address).netloc)
    page = await context.new_page()
    try:
        yield page
    finally:
        await context.close()
    assert [text for text in said if not (unreachable and text.startswith(_NETWORK))] == []
    assert elsewhere == []


def _listen(context: BrowserContext, host: str) -> tuple[list[str], list[str]]:
    """Collects errors, warnings, and requests to other hosts."""
    said: list[str] = []
    elsewhere: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    def asked(url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != host:
            elsewhere.append(url)

    context.on("console", heard)
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.on("request", lambda request: asked(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: asked(socket.url)))
    return said, elsewhere


@asynccontextmanager
async def console(browser: Browser, client: Client, path: str = "", **options: Any) -> AsyncIterator[Page]:
    """Opens a path of the console, signed in with a link."""
    async with window(browser, client.address, **options) as page:
        await page.goto(f"{client.address}/console/#token={client.token}")
        await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        if path:
            await go(page, path)
        yield page
        show(await page.content())


async def go(page: Page, path: str) -> None:
    """Navigates within the console like a link."""
    await page.evaluate("path => { location.hash = `#/${path}` }", path)
    await expect(page.locator("h1:focus, h2:focus")).to_be_visible()


async def told(page: Page, text: str) -> None:
    """Waits for a message."""
    await expect(page.locator(".messages").get_by_text(text)).to_be_visible()


async def approve_at_stripe(page: Page, outcome: str = "works") -> None:
    """Logs in at a consent page of the sandbox, Connect's or the app's, approves access, and comes back."""
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_label("Outcome").select_option(outcome)
    await page.get_by_role("button", name=_APPROVE).click()
    await page.get_by_role("link", name="Return to Drawbridge").click()


async def counts_down(shown: Locator, client: Client) -> None:
    """Compares a countdown with the time that is left to the client's only credential, of its ten minutes."""
    (credential,) = (await client.result(CREDENTIALS))["nodes"]
    await expect(shown).to_have_text(re.compile(r"^\d+:\d\d left$"))
    minutes, seconds = map(int, (await shown.inner_text()).removesuffix(" left").split(":"))
    left = datetime.fromisoformat(credential["expiresAt"]) - datetime.now(UTC)
    assert left - timedelta(seconds=2) <= timedelta(minutes=minutes, seconds=seconds) <= timedelta(minutes=10)
