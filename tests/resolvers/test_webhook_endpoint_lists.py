"""Webhook endpoints are found by their ids, by exact filters and page by page, within an organization."""

from tests.support.actions import NO_RECEIVER, add_endpoint
from tests.support.client import Client
from tests.support.documents import ENDPOINTS, EVENTS
from tests.support.endpoints import resting_endpoint
from tests.support.organizations import Tenant, new_tenant

_NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on WebhookEndpoint { url } } }"


async def test_endpoints_are_found_by_id_and_by_exact_filters(client: Client) -> None:
    first = await add_endpoint(client)
    second = await resting_endpoint(client, url="http://localhost:1025/webhooks")
    assert await client.execute(_NODE, id=first["id"]) == {
        "node": {"__typename": "WebhookEndpoint", "id": first["id"], "url": NO_RECEIVER}
    }
    for conditions, found in (
        ({}, [second, first]),
        ({"status": "ENABLED"}, [first]),
        ({"status": "DISABLED"}, [second]),
        ({"url": NO_RECEIVER}, [first]),
        ({"url": "http://localhost"}, []),
        ({"url": "\0"}, []),
        ({"ids": [first["id"], "endpoint_none", "\0"]}, [first]),
        ({"ids": []}, []),
        ({"ids": [first["id"]], "status": "DISABLED"}, []),
    ):
        page = await client.result(ENDPOINTS, filter=conditions)
        assert [node["id"] for node in page["nodes"]] == [endpoint["id"] for endpoint in found]
        assert page["totalCount"] == len(found)
    error = await client.error(ENDPOINTS, filter={"ids": [first["id"]] * 101})
    assert error["message"] == "'ids' can have at most 100 items."


async def test_endpoints_are_listed_page_by_page(client: Client) -> None:
    ids = [(await add_endpoint(client))["id"] for _ in range(3)][::-1]
    page = await client.result(ENDPOINTS, first=2)
    assert ([node["id"] for node in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (ids[:2], True)
    rest = await client.result(ENDPOINTS, first=2, after=page["pageInfo"]["endCursor"])
    assert ([node["id"] for node in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (ids[2:], False)


async def test_other_organizations_endpoints_are_unknown(tenant: Tenant) -> None:
    theirs = await add_endpoint((await new_tenant(tenant.server)).client)
    assert (await tenant.client.result(ENDPOINTS, filter={"ids": [theirs["id"]]}))["nodes"] == []
    assert await tenant.client.execute(_NODE, id=theirs["id"]) == {"node": None}
    assert (await tenant.client.result(EVENTS, filter={"subject": theirs["id"]}))["nodes"] == []
