"""The credentials that an organization has already for the account of a new key."""

from collections.abc import Sequence

from models import Credential, CredentialStatus
from resolvers.context import Context
from resolvers.credentials.keys import CheckedKey
from resolvers.rows import own_credentials, with_account

# As many as a refusal to delete a used credential lists.
_LISTED = 10


async def with_same_account(context: Context, checked: CheckedKey) -> Sequence[Credential]:
    """The first ten of the viewer's credentials that have the key's account in its mode, oldest first."""
    if checked.account is None:
        return []
    rows = with_account(own_credentials(context, context.viewer()), checked.account.id)
    return await rows.where("credentials.destination = ?", checked.destination).all("credentials.id", _LISTED)


def connected_note(same_account: Sequence[Credential]) -> str:
    """Says that the account is connected already; empty if it is not."""
    names = [f"“{row.name}”" for row in same_account if row.status is CredentialStatus.CONNECTED]
    if not names:
        return ""
    others = " and others" if len(names) > 1 else ""
    return f"Its Stripe account is connected already, by the credential {names[0]}{others}."
