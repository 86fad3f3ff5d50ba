"""The Stripe account of a credential, and the limit on asking Stripe for it."""

from adapters.stripe.gateway import Account
from models import Credential
from resolvers.context import Context, Viewer
from resolvers.refusals import RateLimited


def limit_checks(context: Context, viewer: Viewer) -> None:
    """Raises RateLimited if the viewer checks with Stripe too often. It stops this server from testing stolen keys."""
    if seconds := context.services.key_checks.acquire(viewer.id):
        raise RateLimited("checks with Stripe", seconds)


def known_account(credential: Credential) -> Account | None:
    """The account that Stripe last reported for a credential."""
    if credential.account_id is None:
        return None
    return Account(
        credential.account_id, credential.account_name, credential.account_country, credential.account_currency
    )


def adopt_account(credential: Credential, account: Account | None) -> None:
    """Copies an account into a credential; None clears it. The caller saves the credential."""
    credential.account_id = account.id if account else None
    credential.account_name = account.name if account else None
    credential.account_country = account.country if account else None
    credential.account_currency = account.default_currency if account else None
