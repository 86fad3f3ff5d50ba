"""Rows are found by exact filters, however many others there are; no client must take a page for the list."""

from typing import Any

import pytest

from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.cursors import at_time
from tests.support.documents import CREDENTIALS, INTEGRATIONS, UPDATE_INTEGRATION
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key

_LISTS = {"integrations": INTEGRATIONS, "credentials": CREDENTIALS}
_ACCOUNT = "acct_1SandboxDrawbridge"
_MANY = 101


@pytest.fixture
async def crowded(client: Client) -> Client:
    """The oldest of 101 integrations is called "Billing", and the names of all others contain that."""
    credential = await add_credential(client)
    for number in range(_MANY):
        name = f"Billing {number}" if number else "Billing"
        await add_integration(client, name, authentication={"credentialId": credential["id"]})
    return client


async def _names(client: Client, document: str, wanted: dict[str, Any], **more: Any) -> list[str]:
    page = await client.result(document, filter=wanted, **more)
    assert page["totalCount"] == len(page["nodes"])
    return [node["name"] for node in page["nodes"]]


@pytest.mark.slow
async def test_a_name_finds_its_integration_among_101_that_contain_it(crowded: Client) -> None:
    page = await crowded.result(INTEGRATIONS, filter={"nameContains": "Billing"}, first=100)
    assert "Billing" not in [node["name"] for node in page["nodes"]], "a page is not the list"
    assert await _names(crowded, INTEGRATIONS, {"name": "Billing"}) == ["Billing"]


@pytest.mark.parametrize("document", _LISTS.values(), ids=_LISTS)
async def test_a_name_is_compared_as_unique_names_are(client: Client, document: str) -> None:
    await add_integration(client, "Zoë", authentication={"credentialId": (await add_credential(client, "Zoë"))["id"]})
    assert await _names(client, document, {"name": " Zoe\u0308 "}) == ["Zoë"]
    assert await _names(client, document, {"name": "zO\u200bË"}) == ["Zoë"]
    assert await _names(client, document, {"name": "Zo"}) == []
    assert await _names(client, document, {"name": ""}) == []
    assert await _names(client, document, {"name": "Zo%"}) == []
    assert await _names(client, document, {"name": None}) == ["Zoë"]


@pytest.mark.parametrize("document", _LISTS.values(), ids=_LISTS)
@pytest.mark.parametrize("wanted", ["x" * 101, "\0"])
async def test_a_name_that_none_can_have_is_an_error(client: Client, document: str, wanted: str) -> None:
    assert (await client.error(document, filter={"name": wanted}))["extensions"]["code"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("noun", ["integration", "credential"])
async def test_ids_find_ones_own_rows(tenant: Tenant, noun: str) -> None:
    document = _LISTS[f"{noun}s"]
    made: list[dict[str, Any]] = []
    for client in (tenant.client, tenant.client, (await new_tenant(tenant.server)).client):
        integration = await add_integration(client, f"N{len(made)}")
        made.append(integration if noun == "integration" else integration["credential"])
    ids = [row["id"] for row in made]
    assert await _names(tenant.client, document, {"ids": ids}) == [made[1]["name"], made[0]["name"]]
    unknown = [ids[0][:-4] + "zzzz", "nope", "\0", f"{noun}_\0", ids[2]]
    assert await _names(tenant.client, document, {"ids": unknown}) == []
    assert await _names(tenant.client, document, {"ids": []}) == []
    error = await tenant.client.error(document, filter={"ids": ids * 34})
    assert error["extensions"]["code"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("document", _LISTS.values(), ids=_LISTS)
async def test_an_account_finds_its_rows_in_both_modes(tenant: Tenant, document: str) -> None:
    client, others = tenant.client, (await new_tenant(tenant.server)).client
    for asked, prefix in ((client, "sk_test_"), (client, "sk_live_"), (others, "sk_test_")):
        await add_integration(asked, prefix, authentication={"secretKey": secret_key(prefix)})
    expected = [
        node["name"]
        for node in (await client.result(document))["nodes"]
        if (node.get("credential") or node)["account"] is not None
    ]
    assert expected == [node["name"] for node in (await client.result(document))["nodes"]]
    assert await _names(client, document, {"accountId": _ACCOUNT}) == expected
    for nothing in ("acct_1Other", "", "\0", "acct_\0", _ACCOUNT.lower()):
        assert await _names(client, document, {"accountId": nothing}) == []


async def test_a_list_is_ordered_by_status_and_by_the_last_update(client: Client) -> None:
    made = [await add_integration(client, name, active=name != "Second") for name in ("First", "Second", "Third")]
    await client.result(UPDATE_INTEGRATION, input={"id": made[0]["id"], "name": "Newest"})

    async def ordered(**order: str) -> list[str]:
        page = await client.result(INTEGRATIONS, orderBy=order)
        walked: list[str] = []
        after = None
        while len(walked) < 3:
            step = await client.result(INTEGRATIONS, orderBy=order, first=1, after=after)
            walked, after = walked + [node["name"] for node in step["nodes"]], step["pageInfo"]["endCursor"]
        assert not step["pageInfo"]["hasNextPage"]
        assert [node["name"] for node in page["nodes"]] == walked
        return walked

    assert await ordered(field="UPDATED_AT") == ["Newest", "Third", "Second"]
    assert await ordered(field="UPDATED_AT", direction="ASC") == ["Second", "Third", "Newest"]
    assert await ordered(field="STATUS", direction="ASC") == ["Newest", "Third", "Second"]
    assert await ordered(field="STATUS") == ["Second", "Third", "Newest"]


@pytest.mark.parametrize("microseconds", [2**62, -(2**62), 10**18, "0", True, None])
async def test_a_cursor_with_no_time_of_the_calendar_is_an_error(client: Client, microseconds: object) -> None:
    cursor = at_time(microseconds, (await add_integration(client))["id"])
    for document in _LISTS.values():
        error = await client.error(document, after=cursor, orderBy={"field": "UPDATED_AT"})
        assert error["extensions"]["code"] == "INVALID_CURSOR"
