"""GraphiQL works offline, authenticates with the header editor's token, and offers working examples."""

from graphql import OperationDefinitionNode, build_schema, parse, validate
from playwright.async_api import Browser, Page, expect

from tests.support.actions import add_integration
from tests.support.browser import approve_at_stripe, window
from tests.support.client import Client
from tests.support.servers import ROOT

_EXAMPLES = parse((ROOT / "graphiql" / "examples.graphql").read_text())
_NAMES = [node.name.value for node in _EXAMPLES.definitions if isinstance(node, OperationDefinitionNode) and node.name]


async def _open(page: Page, client: Client) -> None:
    await page.goto(f"{client.address}/graphiql/#token={client.token}")
    await expect(page.get_by_role("button", name="Execute query")).to_be_visible()


async def _show_operations(page: Page) -> None:
    """Opens the menu of operations, which exists only after the document has been parsed."""
    button = page.get_by_role("button", name="Execute query")
    await expect(button).to_have_attribute("aria-haspopup", "menu")
    await button.click()


async def _run(page: Page, operation: str) -> None:
    await _show_operations(page)
    await page.get_by_role("menuitem", name=operation, exact=True).click()


def test_the_examples_fit_the_schema() -> None:
    assert validate(build_schema((ROOT / "schema.graphql").read_text()), _EXAMPLES) == []


async def test_examples_run_and_a_subscription_follows(browser: Browser, client: Client) -> None:
    async with window(browser, client.address) as page:
        await _open(page, client)
        assert "token" not in page.url
        await _run(page, "AddIntegration")
        answer = page.get_by_role("region", name="Result Window")
        await expect(answer).to_contain_text("CreateIntegrationSuccess")
        await _run(page, "Integrations")
        await expect(answer).to_contain_text("rk_test_…4242")
        await _run(page, "Events")
        await expect(page.get_by_role("button", name="Stop query")).to_be_visible()
        number = 0
        while "Shop" not in await answer.inner_text():  # the subscription starts some time after the click
            await add_integration(client, f"Shop {(number := number + 1)}")
            await page.wait_for_timeout(200)
        await page.get_by_role("button", name="Stop query").click()
        assert await page.evaluate("JSON.stringify({ ...localStorage })") == "{}"


async def test_a_stripe_account_is_connected_by_the_examples(browser: Browser, client: Client) -> None:
    async with window(browser, client.address) as page:
        await _open(page, client)
        await _run(page, "BeginStripeAuth")
        answer = page.get_by_role("region", name="Result Window")
        await expect(answer).to_contain_text("authorizationUrl")
        await page.get_by_role("link", name="Go to Stripe to approve access").click()
        await approve_at_stripe(page)
        await expect(page.get_by_role("button", name="Execute query")).to_be_visible()
        await _run(page, "CompleteStripeAuth")
        await expect(answer).to_contain_text("CONNECTED")


async def test_every_example_is_offered(browser: Browser, client: Client) -> None:
    async with window(browser, client.address) as page:
        await _open(page, client)
        await _show_operations(page)
        await expect(page.get_by_role("menuitem")).to_have_text(_NAMES)


async def test_the_documentation_shows_the_schemas_descriptions(browser: Browser, client: Client) -> None:
    async with window(browser, client.address) as page:
        await _open(page, client)
        await page.get_by_role("button", name="Show Documentation Explorer").click()
        await page.get_by_role("link", name="Mutation").click()
        await expect(
            page.get_by_text("Creates an integration. A new secret key must be accepted by Stripe first.")
        ).to_be_visible()


async def test_without_a_token_it_says_so(browser: Browser, client: Client) -> None:
    async with window(browser, client.address, unreachable=True) as page:
        await page.goto(f"{client.address}/graphiql/")
        await _run(page, "Integrations")
        await expect(page.get_by_role("region", name="Result Window")).to_contain_text("UNAUTHENTICATED")


async def test_without_a_token_a_subscription_says_so_in_words(browser: Browser, client: Client) -> None:
    async with window(browser, client.address, unreachable=True) as page:
        await page.goto(f"{client.address}/graphiql/")
        await _run(page, "Events")
        await expect(page.get_by_role("region", name="Result Window")).to_contain_text("A valid token is required.")


async def test_the_console_and_graphiql_lead_to_each_other(browser: Browser, client: Client) -> None:
    async with window(browser, client.address) as page:
        await _open(page, client)
        await page.get_by_role("link", name="Console").click()
        await expect(page.get_by_role("heading", name="External Integration")).to_be_visible()
        await page.get_by_role("link", name="Help").click()
        await page.get_by_role("link", name="GraphiQL").click()
        await expect(page.get_by_role("button", name="Execute query")).to_be_visible()
