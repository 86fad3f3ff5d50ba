"""docs/restricted-keys.md lists every permission as the code has it, and every policy."""

from typing import get_args

import pytest

from adapters.stripe.permissions import PERMISSIONS
from settings.stripe import StripeSettings
from tests.support.readme import page

_PAGE = page("restricted-keys")


@pytest.mark.parametrize("name", PERMISSIONS)
def test_each_permission_has_its_row(name: str) -> None:
    permission = PERMISSIONS[name]
    check = f"`GET {permission.probe}`" if permission.probe else ""
    assert f"\n| `{name}` | {permission.label} | {check} |\n" in _PAGE


def test_it_lists_no_others() -> None:
    assert _PAGE.partition("\n## Names")[2].count("\n| `") == len(PERMISSIONS)


def test_each_policy_has_its_row() -> None:
    words = get_args(StripeSettings.model_fields["key_policy"].annotation)
    assert len(words) == 3
    assert [word for word in words if f"\n| `{word}`" not in _PAGE] == []
