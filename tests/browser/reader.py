"""A reader of the guides, who does what a sentence says and looks for what it promises, by the words that it uses."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Locator, Page, expect

from tests.support.browser import console, told
from tests.support.client import Client


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody at a page of the console."""

    page: Page

    async def open_page(self, name: str) -> None:
        """Selects a page by its link in the navigation or on the page."""
        await self.page.get_by_role("link", name=re.compile(f"^(← )?{name}")).first.click()

    async def is_on(self, page: str) -> None:
        """The page has this heading."""
        await expect(self.page.get_by_role("heading", level=1, name=page, exact=True)).to_be_visible()

    async def click(self, button: str) -> None:
        """Clicks a button."""
        await self.page.get_by_role("button", name=button, exact=True).first.click()

    async def select(self, name: str) -> None:
        """Selects from a list: the link of this name, or the card whose title it is."""
        card = self.page.get_by_role("link").filter(has=self.page.get_by_text(name, exact=True))
        await card.or_(self.page.get_by_role("link", name=name, exact=True)).first.click()

    async def enter(self, label: str, text: str) -> None:
        """Replaces the text of a field."""
        await (
            self.page.get_by_role("textbox", name=label, exact=True)
            .or_(self.page.get_by_label(label, exact=True))
            .first.fill(text)
        )

    async def toggle_the_switch(self, name: str = "Active") -> None:
        """Toggles the switch of a form, or of an integration in the list."""
        await self.page.get_by_role("switch", name=name).click()

    async def sees(self, text: str) -> None:
        """The text can be read."""
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def sees_error(self, text: str) -> None:
        """An error is shown."""
        await expect(self.page.get_by_role("alert").filter(has_text=re.compile(text, re.IGNORECASE))).to_be_visible()

    async def is_told(self, text: str) -> None:
        """A message confirms what was done."""
        await told(self.page, text)

    def row(self, name: str) -> Locator:
        """The row of a list whose first cell has this name."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("link", name=name, exact=True))

    async def sees_in_the_list(self, name: str, status: str) -> None:
        """A row has this name and status."""
        await expect(self.row(name).get_by_text(status, exact=True)).to_be_visible()

    async def does_not_see_in_the_list(self, name: str) -> None:
        """No row has this name."""
        await expect(self.page.get_by_role("switch").or_(self.page.get_by_text("There are no")).first).to_be_visible()
        await expect(self.row(name)).to_have_count(0)


@asynccontextmanager
async def reader(browser: Browser, client: Client) -> AsyncIterator[Reader]:
    """Logs in as a user with system configuration privileges."""
    async with console(browser, client) as page:
        yield Reader(page)
