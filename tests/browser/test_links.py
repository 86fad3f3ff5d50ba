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


# Preact runs effects after painting, on a busy machine much later.
_LATE_EFFECTS = """window.late = 0; const soon = setTimeout; window.requestAnimationFrame = () => 0;
    window.setTimeout = (run, wait = 0, ...given) => wait < 100
        ? soon(() => { window.late += 1; run(...given); }, 3000) : soon(run, wait, ...given)"""


async def test_who_is_faster_than_the_page_gets_where_the_link_leads(browser: Browser, client: Client) -> None:
    async with window(browser, client.address) as page:
        await page.add_init_script(_LATE_EFFECTS)
        await page.goto(f"{client.address}/console/#token={client.token}")
        await expect(page.get_by_role("heading", name="External Integration")).to_be_visible()
        before = await page.evaluate("late")
        await page.get_by_role("link", name="Help").click()
        await page.wait_for_function("before => late > before", arg=before, polling=200)
        await expect(page.get_by_role("link", name="GraphiQL")).to_be_visible()
        assert page.url.endswith("#/help")
