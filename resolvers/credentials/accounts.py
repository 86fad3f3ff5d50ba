"""The Stripe account of a credential, and the limit on asking Stripe for it."""

from adapters.stripe.gateway import Account
from models import Credential
from resolvers.context import Context, Viewer
from resolvers.refusals import RateLimited


def limit_checks(context: Context, viewer: Viewer) -> None:
    """Raises RateLimited if the viewer or its organization checks with Stripe too often.

    It stops this server from testing stolen keys. A viewer can issue itself any number of tokens, so its organization
    counts, too.
    """
    services, organization = context.services, viewer.organization.id
    seconds = services.organization_key_checks.wait(organization) or services.key_checks.acquire(viewer.id)
    if seconds:
        raise RateLimited("checks with Stripe", seconds)
    services.organization_key_checks.acquire(organization)


def known_account(credential: Credential) -> Account | None:
    """The account that Stripe last reported for a credential."""
    if credential.account_id is None:
        return None
    return Account(
        credential.account_id, credential.account_name, credential.account_country, credential.account_currency
    )


def with_known_details(credential: Credential, account: Account | None) -> Account | None:
    """The account with the details that are stored of it, if Stripe reported no more than its id."""
    known = known_account(credential)
    return known if account and known and account == Account(known.id) else account


def adopt_account(credential: Credential, account: Account | None) -> None:
    """Copies an account into a credential; None clears it. The caller saves the credential."""
    account = with_known_details(credential, account)
    credential.account_id = account.id if account else None
    credential.account_name = account.name if account else None
    credential.account_country = account.country if account else None
    credential.account_currency = account.default_currency if account else None
