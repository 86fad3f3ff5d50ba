"""The table of Stripe's permissions: its names, its probes, and the link that it fills in."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters.stripe.permissions import PERMISSIONS, create_key_url
from sandbox.permissions import PERMISSION_OF_PATH

_PROBES = {name: permission.probe for name, permission in PERMISSIONS.items() if permission.probe}


def test_names_are_those_of_the_reference_and_labels_tell_them_apart() -> None:
    assert len(PERMISSIONS) == 104 + 6, "the reference has 104, and Stripe's errors name six more"
    assert {"customer_read", "customer_write", "plan_read", "payment_links_read", "webhook_write"} < set(PERMISSIONS)
    assert PERMISSIONS["plan_read"].label == "Prices Read"
    assert len({permission.label for permission in PERMISSIONS.values()}) == len(PERMISSIONS)


def test_only_reading_is_probed() -> None:
    assert all(name.endswith("_read") for name in _PROBES)
    assert len(_PROBES) > 30


@pytest.mark.parametrize("name", _PROBES)
def test_each_probe_needs_its_permission_in_the_sandbox_too(name: str) -> None:
    """The sandbox has a table of its own, so a slip in one of them shows."""
    path = urlsplit(_PROBES[name]).path.removeprefix("/v1/")
    assert f"{PERMISSION_OF_PATH[path]}_read" == name


@pytest.mark.parametrize(("livemode", "path"), [(True, "/apikeys/create"), (False, "/test/apikeys/create")])
def test_the_link_fills_in_each_permission(livemode: bool, path: str) -> None:
    url = urlsplit(create_key_url(["customer_read", "plan_read"], livemode=livemode))
    assert (url.scheme, url.netloc, url.path) == ("https", "dashboard.stripe.com", path)
    filled_in = [("name", "Drawbridge"), ("permissions[]", "rak_customer_read"), ("permissions[]", "rak_plan_read")]
    assert parse_qsl(url.query) == filled_in
