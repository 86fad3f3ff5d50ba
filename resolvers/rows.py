"""Queries and updates of rows, nearly always within one organization."""

from collections.abc import Collection
from typing import TypeVar

from tortoise.queryset import QuerySet

from models import (
    ApiToken,
    Credential,
    CredentialStatus,
    Destination,
    Integration,
    StripeAuthFlow,
    WebhookEndpoint,
    is_id,
)
from models.querying import Select
from resolvers.context import Context, Viewer
from resolvers.kit.naming import exact_key
from resolvers.kit.paging import MAX_PAGE_SIZE
from resolvers.refusals import InvalidArgument, NotFound, StaleVersion

_KEY_ENDING = 4  # the length of the part of a key that Stripe's dashboard shows, and a masked secret

Row = TypeVar("Row", Integration, Credential, ApiToken, WebhookEndpoint)
Versioned = TypeVar("Versioned", Integration, Credential, WebhookEndpoint)


def own_integrations(viewer: Viewer) -> Select[Integration]:
    """The viewer's integrations, each with its credential."""
    return Select(Integration, "credential").where("integrations.organization_id = ?", viewer.organization.id)


def own_tokens(viewer: Viewer) -> Select[ApiToken]:
    """The tokens of the viewer's organization."""
    return Select(ApiToken).where("api_tokens.organization_id = ?", viewer.organization.id)


def own_webhook_endpoints(viewer: Viewer) -> Select[WebhookEndpoint]:
    """The webhook endpoints of the viewer's organization."""
    return Select(WebhookEndpoint).where("webhook_endpoints.organization_id = ?", viewer.organization.id)


def own_credentials(context: Context, viewer: Viewer) -> Select[Credential]:
    """The viewer's credentials that have not expired. The clock decides, because the expiry daemon may run late."""
    now = context.now()
    context.expiry_read_at = context.expiry_read_at or now
    return credentials_of(viewer).where("credentials.expires_at IS NULL OR credentials.expires_at > ?", now)


def credentials_of(viewer: Viewer) -> Select[Credential]:
    """The credentials of the viewer's organization, including expired ones."""
    return Select(Credential).where("credentials.organization_id = ?", viewer.organization.id)


def with_account(credentials: Select[Credential], account_id: str) -> Select[Credential]:
    """The credentials that are shown with this Stripe account."""
    if "\0" in account_id:  # PostgreSQL's texts have no such character
        return credentials.where("FALSE")
    return credentials.where("credentials.account_id = ? AND credentials.account_known", account_id)


def connected_by_oauth(account_id: str, destination: Destination, flow: StripeAuthFlow) -> QuerySet[Credential]:
    """The credentials, of all organizations, that depend on the OAuth grant for this Stripe account."""
    return Credential.filter(
        account_id=account_id,
        destination=destination,
        flow=flow,
        status=CredentialStatus.CONNECTED,
    )


async def find_row(rows: Select[Row], noun: str, id_: str) -> Row | None:
    """The row with this id, or None, also for a malformed id."""
    return await rows.where(f"{rows.column('id')} = ?", id_).one() if is_id(noun, id_) else None


async def get_row(rows: Select[Row], noun: str, id_: str) -> Row:
    """The row with this id; raises NotFound."""
    row = await find_row(rows, noun, id_)
    if row is None:
        raise NotFound(noun, id_)
    return row


def with_ids(rows: Select[Row], noun: str, ids: Collection[str]) -> Select[Row]:
    """The rows with these ids, of which a malformed one matches nothing; raises InvalidArgument for too many."""
    refuse_too_many(ids)
    return rows.where_in(rows.column("id"), [id_ for id_ in ids if is_id(noun, id_)])


def refuse_too_many(ids: Collection[str]) -> None:
    """Raises InvalidArgument if there are more ids than a page has rows."""
    if len(ids) > MAX_PAGE_SIZE:
        raise InvalidArgument(f"'ids' can have at most {MAX_PAGE_SIZE} items.")


def with_name(rows: Select[Row], name: str) -> Select[Row]:
    """The row with this name, compared as the unique index compares names; raises InvalidArgument."""
    return rows.where(f"{rows.column('name_key')} = ?", exact_key(name))


def with_search(rows: Select[Row], search: str, key_ending: str) -> Select[Row]:
    """The rows with this text in their name, or as the ending of their secret key; raises InvalidArgument."""
    text = exact_key(search)
    is_ending = len(text) == _KEY_ENDING
    return rows.where_contains(rows.column("name_key"), text, or_equals=key_ending if is_ending else None)


def refuse_stale(row: Integration | Credential | WebhookEndpoint, expected_version: int | None) -> None:
    """Raises StaleVersion if the caller expects a version that the row does not have."""
    if expected_version not in (None, row.version):
        raise StaleVersion(row.version)


async def save_changed(context: Context, row: Versioned, *, only: Collection[str] | None = None) -> None:
    """Saves a row as its next version: all of it, or these columns. It must have been read in this transaction."""
    row.version += 1
    row.updated_at = context.now()
    await row.save(update_fields=None if only is None else {"version", "updated_at"}.union(only))
