"""Going back to the previous secret key of a credential."""

from dataclasses import replace

from adapters.stripe.gateway import Account
from models import Credential, Scope
from resolvers.context import Context
from resolvers.credentials.keys import CheckedKey, adopt_key, ask_about_key
from resolvers.credentials.previous import open_previous
from resolvers.credentials.replacement import save_replaced
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import StaleVersion
from resolvers.rows import get_row, own_credentials, refuse_stale


async def restore(context: Context, *, id_: str, expected_version: int | None = None) -> Credential:
    """Replaces a credential's key by its previous one, if Stripe still accepts that. The replaced key is erased.

    The key may be of another account, and KEY_POLICY does not judge it: it was the credential's own. Needs CONFIGURE;
    raises InvalidSecretKey, NoPreviousSecret, NotFound, RateLimited, StaleVersion or StripeUnavailable.
    """
    viewer = context.require(Scope.CONFIGURE)
    rows = own_credentials(context, viewer)
    seen = await get_row(rows, "credential", id_)
    refuse_stale(seen, expected_version)
    secret = open_previous(context, seen, viewer.organization.id)
    checked = await ask_about_key(context, secret, stored=True)
    async with unit_of_work(context, viewer) as log:
        credential = await get_row(rows, "credential", id_)
        refuse_stale(credential, expected_version)
        if open_previous(context, credential, viewer.organization.id) != secret:
            raise StaleVersion(credential.version)
        before = credential.status
        adopt_key(context, credential, _with_own_account(credential, checked))
        await save_replaced(context, log, credential, before)
    return credential


def _with_own_account(credential: Credential, checked: CheckedKey) -> CheckedKey:
    """The key with the account that it had before, if Stripe does not report it now: a key's account never changes."""
    if checked.account is not None or credential.previous_account_id is None:
        return checked
    return replace(checked, account=Account(credential.previous_account_id))
