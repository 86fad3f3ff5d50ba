"""The catalogue tells which permissions integrations need, and links to a key that has them."""

import pytest

from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer

_CATALOGUE = """{ availableIntegrations { destinations {
    destination createKeyUrl requiredPermissions requiredPermissionLabels } } }"""


@pytest.mark.parametrize(
    ("destination", "page"), [("STRIPE", "apikeys/create"), ("STRIPE_TEST_MODE", "test/apikeys/create")]
)
async def test_each_mode_has_its_link(requiring: RunningServer, destination: str, page: str) -> None:
    (entry,) = (await (await new_tenant(requiring)).client.execute(_CATALOGUE))["availableIntegrations"]
    (option,) = [each for each in entry["destinations"] if each["destination"] == destination]
    filled_in = "".join(f"&permissions%5B%5D=rak_{name}" for name in option["requiredPermissions"])
    assert option == {
        "destination": destination,
        "createKeyUrl": f"https://dashboard.stripe.com/{page}?name=Drawbridge{filled_in}",
        "requiredPermissions": ["customer_read", "plan_read", "customer_write"],
        "requiredPermissionLabels": ["Customers Read", "Prices Read", "Customers Write"],
    }


async def test_a_server_that_requires_nothing_has_no_link(client: Client) -> None:
    (entry,) = (await client.execute(_CATALOGUE))["availableIntegrations"]
    for option in entry["destinations"]:
        assert (option["createKeyUrl"], option["requiredPermissions"]) == (None, [])
