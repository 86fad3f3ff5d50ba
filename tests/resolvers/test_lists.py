"""Lists: filters, search, order, counts, and pages in both directions."""

from typing import Any

import pytest

from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.documents import CREDENTIALS, INTEGRATIONS, TOKENS, UPDATE_CREDENTIAL
from tests.support.secrecy import keep, secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_key

NEWEST_FIRST = ["delta_%", "Charlie", "bravo", "Alpha"]


@pytest.fixture
async def listed(client: Client, server: RunningServer) -> Client:
    """Four integrations: one is switched off, one is live and one needs attention."""
    key = secret_key()
    await add_integration(client, "Alpha", active=False)
    await add_integration(client, "bravo", authentication={"secretKey": keep("sk_live_51SandboxAvO5")})
    broken = await add_integration(client, "Charlie", authentication={"secretKey": key})
    await add_integration(client, "delta_%")
    await change_key(server, client, broken["credential"]["id"], key, "expired")
    return client


async def names(client: Client, **variables: Any) -> list[str]:
    return [node["name"] for node in (await client.result(INTEGRATIONS, **variables))["nodes"]]


async def test_the_newest_come_first(listed: Client) -> None:
    assert await names(listed) == NEWEST_FIRST


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"field": "NAME", "direction": "ASC"}, ["Alpha", "bravo", "Charlie", "delta_%"]),
        ({"field": "NAME"}, ["delta_%", "Charlie", "bravo", "Alpha"]),
        ({"direction": "ASC"}, NEWEST_FIRST[::-1]),
    ],
)
async def test_the_order_is_a_choice(listed: Client, order: dict[str, str], expected: list[str]) -> None:
    assert await names(listed, orderBy=order) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"status": "ACTIVE"}, ["delta_%", "bravo"]),
        ({"status": "INACTIVE"}, ["Alpha"]),
        ({"status": "NEEDS_ATTENTION"}, ["Charlie"]),
        ({"destination": "STRIPE"}, ["bravo"]),
        ({"provider": "STRIPE", "destination": "STRIPE_TEST_MODE", "status": "ACTIVE"}, ["delta_%"]),
        ({"nameContains": "HA"}, ["Charlie", "Alpha"]),
        ({"nameContains": "%"}, ["delta_%"]),
        ({"nameContains": "_"}, ["delta_%"]),
        ({"nameContains": "\\"}, []),
        ({"nameContains": ""}, NEWEST_FIRST),
        ({"nameContains": None, "status": None}, NEWEST_FIRST),
        ({"search": " HA "}, ["Charlie", "Alpha"]),
        ({"search": "%"}, ["delta_%"]),
        ({"search": ""}, NEWEST_FIRST),
        ({"search": "aVo5", "destination": "STRIPE"}, ["bravo"]),
        ({"search": "aVo5", "destination": "STRIPE_TEST_MODE"}, []),
        ({"search": "Vo5"}, []),
        ({"search": "ravo"}, ["bravo"]),
    ],
)
async def test_a_list_is_narrowed_by_all_that_is_given(
    listed: Client, wanted: dict[str, str], expected: list[str]
) -> None:
    page = await listed.result(INTEGRATIONS, filter=wanted)
    assert ([node["name"] for node in page["nodes"]], page["totalCount"]) == (expected, len(expected))


async def test_credentials_are_narrowed_likewise(listed: Client) -> None:
    async def found(**wanted: str) -> list[str]:
        return [node["name"] for node in (await listed.result(CREDENTIALS, filter=wanted))["nodes"]]

    assert await found(status="DISCONNECTED", method="SECRET_KEY") == ["Charlie"]
    assert await found(destination="STRIPE", nameContains="BR") == ["bravo"]
    assert await found(method="OAUTH") == []
    assert await found(search="avo5") == await found(search="BRAV") == ["bravo"]


async def test_a_replaced_key_is_found_by_its_own_ending_only(listed: Client) -> None:
    (credential,) = (await listed.result(CREDENTIALS, filter={"search": "avo5"}))["nodes"]
    other = keep("sk_live_51SandboxOtheR77")
    await listed.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "secretKey": other})
    for document in (INTEGRATIONS, CREDENTIALS):
        found = [(await listed.result(document, filter={"search": key}))["nodes"] for key in ("avo5", "er77")]
        assert [[node["name"] for node in nodes] for nodes in found] == [[], ["bravo"]]


async def test_each_credential_lists_its_integrations(client: Client) -> None:
    credential = await add_credential(client)
    for name in ("One", "Two"):
        await add_integration(client, name, authentication={"credentialId": credential["id"]})
    (node,) = (await client.result(CREDENTIALS))["nodes"]
    assert [user["name"] for user in node["integrations"]["nodes"]] == ["One", "Two"]


async def test_twenty_come_when_no_number_is_given(client: Client) -> None:
    credential = await add_credential(client)
    for number in range(21):
        await add_integration(client, f"N{number}", authentication={"credentialId": credential["id"]})
    page = await client.result(INTEGRATIONS)
    assert (len(page["nodes"]), page["totalCount"], page["pageInfo"]["hasNextPage"]) == (20, 21, True)


@pytest.mark.parametrize(
    "window", [{"first": 0}, {"first": 101}, {"first": -1}, {"last": 0}, {"last": 101}, {"first": 1, "last": 1}]
)
async def test_a_page_has_one_to_a_hundred_rows(client: Client, window: dict[str, int]) -> None:
    for document in (INTEGRATIONS, CREDENTIALS, TOKENS):
        error = await client.error(document, **window)
        assert error["extensions"]["code"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("wanted", ["x" * 101, "\0", "x" * 60_000])
async def test_a_search_for_what_no_name_has_is_an_error(client: Client, wanted: str) -> None:
    for document in (INTEGRATIONS, CREDENTIALS):
        for name in ("nameContains", "search"):
            error = await client.error(document, filter={name: wanted})
            assert error["extensions"]["code"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("cursor", ["", "x", "WyJOQU1FIl0", "bnVsbA", "W1tbW1tb", "é", "\0", "e30", "WzEsMiwzXQ"])
async def test_a_malformed_cursor_is_an_error(client: Client, cursor: str) -> None:
    for window in ({"after": cursor}, {"before": cursor}):
        error = await client.error(INTEGRATIONS, **window)
        assert error["extensions"]["code"] == "INVALID_CURSOR"


async def test_a_cursor_of_another_order_is_an_error(listed: Client) -> None:
    cursor = (await listed.result(INTEGRATIONS))["pageInfo"]["startCursor"]
    error = await listed.error(INTEGRATIONS, after=cursor, orderBy={"field": "NAME"})
    assert error["extensions"]["code"] == "INVALID_CURSOR"


async def test_a_range_has_an_end_on_both_sides(listed: Client) -> None:
    edges = (await listed.result(INTEGRATIONS))["edges"]
    assert await names(listed, after=edges[0]["cursor"], before=edges[3]["cursor"]) == ["Charlie", "bravo"]
    assert await names(listed, last=1, after=edges[0]["cursor"], before=edges[3]["cursor"]) == ["bravo"]
