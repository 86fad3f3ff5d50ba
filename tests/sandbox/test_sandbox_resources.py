"""The sandbox creates, retrieves and lists Stripe's resources. StripeAPI compares each answer with Stripe's schema."""

import pytest

from sandbox.resources.listing import PAGING
from sandbox.resources.table import RESOURCES
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import restrict_at_stripe
from tests.support.stripe_api import StripeAPI
from tests.support.stripe_schema import parameters_of

_CREATED = [path for path, resource in RESOURCES.items() if resource.parameters]
_PAID = {"amount": "2500", "currency": "USD", "payment_method": "pm_card_visa", "confirm": "true"}
# By resource. "$customers" stands for the id of a new customer.
_GIVEN = {
    "customers": {"name": "Jane", "email": "jane@acme.example", "metadata[team]": "red", "address[city]": "Berlin"},
    "products": {"name": "Gold", "images[]": "https://acme.example/gold.png", "metadata[team]": "red"},
    "prices": {"currency": "usd", "unit_amount": "900", "product": "$products", "recurring[interval]": "month"},
    "payment_intents": {**_PAID, "customer": "$customers", "automatic_payment_methods[enabled]": "true"},
    "charges": {"amount": "2500", "currency": "usd", "source": "tok_visa", "description": "Gold"},
    "invoices": {"customer": "$customers", "collection_method": "send_invoice", "days_until_due": "30"},
    "subscriptions": {"customer": "$customers", "items[0][price]": "$prices", "items[0][quantity]": "2"},
    "refunds": {"payment_intent": "$payment_intents", "amount": "500"},
    "payouts": {"amount": "1000", "currency": "usd", "statement_descriptor": "ACME"},
}


@pytest.fixture
async def stripe(any_server: RunningServer) -> StripeAPI:
    """The API with a key of its own. All keys share an account, and so its objects."""
    api = StripeAPI(f"{any_server.address}/sandbox", secret_key())
    await api.create("payment_intents", _PAID)  # for a balance that payouts can use up
    return api


async def _given(stripe: StripeAPI, path: str) -> dict[str, str]:
    """Returns parameters with which an object of a resource is created, and creates those that they name."""
    return {
        name: (await stripe.create(value[1:], await _given(stripe, value[1:])))["id"] if value[0] == "$" else value
        for name, value in _GIVEN[path].items()
    }


@pytest.mark.parametrize("path", _CREATED)
async def test_an_object_is_created_retrieved_listed_and_reported(stripe: StripeAPI, path: str) -> None:
    given = await _given(stripe, path)
    created = await stripe.create(path, given)
    assert created["id"].startswith(RESOURCES[path].prefix)
    assert {name: str(created[name]).lower() for name in ("amount", "name", "currency") if name in given} == {
        name: given[name].lower() for name in ("amount", "name", "currency") if name in given
    }
    assert await stripe.get(f"{path}/{created['id']}") == created
    listed = await stripe.get(path, limit="1")
    assert (listed["url"], listed["data"]) == (f"/v1/{path}", [created])
    kind = RESOURCES[path].event or f"{RESOURCES[path].object}.created"
    (event,) = (await stripe.get("events", type=kind, limit="1"))["data"]
    assert event["data"]["object"] == created
    assert await stripe.get(f"events/{event['id']}") == event


@pytest.mark.parametrize("path", RESOURCES)
async def test_an_unknown_object_is_missing(stripe: StripeAPI, path: str) -> None:
    status, error = await stripe.refused(f"{path}/nobody_1", {}, "GET")
    noun = RESOURCES[path].object.replace("_", " ")
    assert (status, error["code"], error["param"]) == (404, "resource_missing", "id")
    assert error["message"] == f"No such {noun}: 'nobody_1'"


@pytest.mark.parametrize("path", RESOURCES)
def test_the_parameters_are_stripe_s(path: str) -> None:
    resource = RESOURCES[path]
    assert set(resource.parameters) <= (parameters_of("POST", f"/v1/{path}") if resource.parameters else set())
    assert set(resource.filters) | set(PAGING) <= parameters_of("GET", f"/v1/{path}")
    assert set(resource.required) | set(resource.references) <= set(resource.parameters)


@pytest.mark.parametrize("path", _CREATED)
async def test_creating_needs_the_permission_to_write(any_server: RunningServer, stripe: StripeAPI, path: str) -> None:
    given = await _given(stripe, path)
    restricted = StripeAPI(stripe.base, secret_key("rk_test_"))
    await restrict_at_stripe(any_server, restricted.key, "customer_read")
    status, error = await restricted.refused(path, given)
    assert status == 403
    assert "_write' permission would allow this request to continue." in error["message"]


async def test_pages_follow_one_another_in_both_directions(stripe: StripeAPI) -> None:
    email = f"{stripe.key[-12:].lower()}@acme.example"
    ids = [(await stripe.create("customers", {"email": email}))["id"] for _ in range(5)][::-1]

    async def page(**given: str) -> tuple[list[str], bool]:
        answer = await stripe.get("customers", email=email, limit="2", **given)
        return [each["id"] for each in answer["data"]], answer["has_more"]

    assert await page() == (ids[:2], True)
    assert await page(starting_after=ids[1]) == (ids[2:4], True)
    assert await page(starting_after=ids[3]) == (ids[4:], False)
    assert await page(starting_after=ids[4]) == ([], False)
    assert await page(ending_before=ids[4]) == (ids[2:4], True)
    assert await page(ending_before=ids[2]) == (ids[:2], False)


async def test_lists_are_filtered_by_time(stripe: StripeAPI) -> None:
    customer = await stripe.create("customers", {})
    at = customer["created"]
    for given, found in (
        ({"created": str(at)}, True),
        ({"created[gt]": str(at)}, False),
        ({"created[lt]": "1"}, False),
    ):
        ids = [each["id"] for each in (await stripe.get("customers", limit="100", **given))["data"]]
        assert (customer["id"] in ids) == found


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"starting_after": "cus_nobody"}, "starting_after"),
        ({"ending_before": "cus_nobody"}, "ending_before"),
        ({"colour": "red"}, "colour"),
        ({"created[after]": "1"}, "after"),
        ({"expand[]": "data.default_source"}, "expand"),
    ],
    ids=str,
)
async def test_a_bad_list_is_refused(stripe: StripeAPI, given: dict[str, str], param: str) -> None:
    status, error = await stripe.refused("customers", given, "GET")
    assert (status, error["type"], error["param"]) == (400, "invalid_request_error", param)


@pytest.mark.parametrize(
    ("path", "given", "code", "param"),
    [
        ("payment_intents", {"currency": "usd"}, "parameter_missing", "amount"),
        ("payment_intents", {"amount": "", "currency": "usd"}, "parameter_missing", "amount"),
        ("payment_intents", {"amount": "1.5", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ("payment_intents", {"amount": "0", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ("payment_intents", {"amount": "1", "currency": "dollars"}, None, "currency"),
        ("payment_intents", {"amount": "1", "currency": "usd", "confirm": "yes"}, None, "confirm"),
        ("payment_intents", {"amount": "1", "currency": "usd", "customer": "cus_1"}, "resource_missing", "customer"),
        (
            "payment_intents",
            {"amount": "1", "currency": "usd", "confirm": "true"},
            "payment_intent_unexpected_state",
            None,
        ),
        ("charges", {"amount": "1", "currency": "usd"}, "parameter_missing", None),
        ("charges", {"amount": "1", "currency": "usd", "source": "tok_chargeDeclined"}, "card_declined", None),
        ("refunds", {}, "parameter_missing", None),
        ("refunds", {"charge": "ch_1"}, "resource_missing", "charge"),
        ("payouts", {"amount": "999999999999", "currency": "usd"}, "balance_insufficient", None),
        ("prices", {"currency": "usd", "unit_amount": "1"}, "parameter_missing", "product"),
        ("prices", {"currency": "usd", "unit_amount": "1", "recurring": "month"}, None, "recurring"),
        ("products", {"name": "x", "colour": "red"}, "parameter_unknown", "colour"),
        ("customers", {"name[first]": "Jane"}, None, "name"),
        ("customers", {"metadata": "red"}, None, "metadata"),
        ("customers", {"metadata": "red", "metadata[team]": "red"}, None, "metadata"),
        ("customers", {"metadata[a][b][c][d][e]": "red"}, None, "metadata"),
        ("customers", {"name": "x" * 5001}, None, "name"),
        ("customers", {f"metadata[{number}]": "x" for number in range(51)}, None, "metadata"),
    ],
    ids=str,
)
async def test_bad_parameters_are_refused(
    stripe: StripeAPI, path: str, given: dict[str, str], code: str | None, param: str | None
) -> None:
    status, error = await stripe.refused(path, given)
    assert status == (402 if code == "card_declined" else 400)
    assert (error.get("code"), error.get("param")) == (code, param)


async def test_subscriptions_need_recurring_prices(stripe: StripeAPI) -> None:
    customer = (await stripe.create("customers", {}))["id"]
    price = await stripe.create("prices", {"currency": "usd", "unit_amount": "1", "product_data[name]": "Once"})
    status, error = await stripe.refused("subscriptions", {"customer": customer, "items[0][price]": price["id"]})
    assert (status, error["param"]) == (400, "items[0][price]")


async def test_a_refund_changes_its_charge_and_the_balance(stripe: StripeAPI) -> None:
    async def balance() -> int:
        amounts = {each["currency"]: each["amount"] for each in (await stripe.get("balance"))["available"]}
        return int(amounts.get("chf", 0))

    before = await balance()
    intent = await stripe.create("payment_intents", {**_PAID, "currency": "chf"})
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 2500)
    assert await balance() == before + 2500
    await stripe.create("refunds", {"payment_intent": intent["id"], "amount": "500"})
    await stripe.create("refunds", {"charge": intent["latest_charge"]})
    assert await balance() == before
    charge = await stripe.get(f"charges/{intent['latest_charge']}")
    assert (charge["amount_refunded"], charge["refunded"], charge["payment_intent"]) == (2500, True, intent["id"])
    _, error = await stripe.refused("refunds", {"charge": charge["id"]})
    assert error["code"] == "charge_already_refunded"


async def test_live_and_test_mode_and_other_accounts_have_objects_of_their_own(stripe: StripeAPI) -> None:
    created = await stripe.create("customers", {})
    assert created["livemode"] is False
    for key in (secret_key("sk_live_"), secret_key(behaviour="otheraccount")):
        status, _ = await StripeAPI(stripe.base, key).refused(f"customers/{created['id']}", {}, "GET")
        assert status == 404
    assert (await StripeAPI(stripe.base, secret_key("sk_live_")).create("customers", {}))["livemode"] is True
    assert await StripeAPI(stripe.base, secret_key("rk_test_")).get(f"customers/{created['id']}") == created
