"""A link with a token never replaces the token of a tab without asking."""

import re

import pytest
from playwright.async_api import Browser, Dialog, Page, expect

from tests.support.browser import console, window
from tests.support.client import Client
from tests.support.organizations import Tenant, new_tenant
from tests.support.servers import RunningServer


@pytest.fixture
async def other(app_server: RunningServer) -> Tenant:
    """The organization of whoever made the link."""
    return await new_tenant(app_server)


def _answering(page: Page, *, accept: bool) -> list[str]:
    """Answers each question of the page; returns them."""
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if accept else dialog.dismiss())

    page.on("dialog", answer)
    return asked


async def _token(page: Page) -> str:
    return str(await page.evaluate("sessionStorage.getItem('drawbridge.token')"))


def _without_token(client: Client, path: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(client.address)}/{path}/(#/integrations)?")


async def _open(page: Page, path: str, client: Client) -> None:
    """Follows a link, as from a chat: the page loads anew."""
    await page.goto("about:blank")
    await page.goto(f"{client.address}/{path}/#token={client.token}")
    await expect(page).to_have_url(_without_token(client, path))


@pytest.mark.parametrize("path", ["console", "graphiql"])
@pytest.mark.parametrize("accept", [True, False])
async def test_another_token_is_asked_about(
    browser: Browser, client: Client, other: Tenant, path: str, *, accept: bool
) -> None:
    async with window(browser, client.address) as page:
        asked = _answering(page, accept=accept)
        await _open(page, path, client)
        assert asked == [], "nothing is replaced"
        await _open(page, path, client)
        assert asked == [], "the same token"
        await _open(page, path, other.client)
        assert len(asked) == 1
        assert await _token(page) == (other.client.token if accept else client.token)
        assert str(other.client.token) not in page.url


async def test_who_declines_stays_signed_in(browser: Browser, tenant: Tenant, other: Tenant) -> None:
    async with console(browser, tenant.client) as page:
        asked = _answering(page, accept=False)
        await expect(page.get_by_text(tenant.name, exact=False).first).to_be_visible()
        await page.evaluate(f"location.hash = 'token={other.client.token}'")
        await expect(page).to_have_url(_without_token(tenant.client, "console"))
        await expect(page.get_by_text(tenant.name, exact=False).first).to_be_visible()
        assert len(asked) == 1
        assert await page.get_by_text(other.name, exact=False).count() == 0
