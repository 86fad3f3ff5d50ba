"""Uninstalling a Stripe App whose last credential was deleted, while Stripe is away."""

from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest

from models import Destination, Organization, StripeAuthFlow, Withdrawal
from resolvers.context import utc_now
from resolvers.credentials.withdraw import plan_withdrawal, withdraw, withdraw_due
from startup.database import open_database
from startup.services import create_services
from tests.support.apps import app_settings
from tests.support.databases import settings_in

pytestmark = pytest.mark.usefixtures("engine")


async def test_it_is_tried_again_for_a_day(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Without the app's id nothing is found at Stripe, so that each attempt fails at once."""
    settings = settings_in(tmp_path, **{name: value for name, value in app_settings(1).items() if "_ID" not in name})
    async with open_database(settings), aclosing(create_services(settings)) as services:
        organization = await Organization.create(name="Acme", created_at=utc_now())
        mode, flow = Destination.STRIPE_TEST_MODE, StripeAuthFlow.STRIPE_APP
        row = await plan_withdrawal(services, organization.id, "acct_1Away", mode, None, flow)
        assert not await withdraw(services, row)
        lasted, waits = timedelta(), list[timedelta]()
        while (planned := await Withdrawal.all().first()) is not None:
            waits.append(planned.due_at - utc_now())
            lasted += waits[-1]
            await withdraw_due(services, planned.due_at)
    assert timedelta(seconds=25) <= waits[0] <= timedelta(seconds=30)
    assert timedelta(days=1) <= lasted <= timedelta(days=1.25)
    assert "Access to acct_1Away remains at Stripe." in caplog.text
