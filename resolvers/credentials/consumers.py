"""The consumers of a credential: the tokens and users that have revealed its secrets, as the log shows them."""

from models import Event
from models.querying import Select
from resolvers.context import Context
from resolvers.events.read import LogOrder, organization_now
from resolvers.kit.paging import Page, Window, read_page

# The newest reveal of each caller. A caller may have millions, so it seeks from one to the next in an index: grouping
# would read all, and PostgreSQL and SQLite do not skip by themselves (https://wiki.postgresql.org/wiki/Loose_indexscan).
# Not by a comparison of rows, for which SQLite would seek by the kind alone.
_REVEALS = "SELECT id FROM events AS reveals WHERE organization_id = ? AND credential_id = ? AND actor_id IS NOT NULL"
_NEWEST_OF_EACH = f"""events.id IN (
    WITH RECURSIVE consumers (actor_kind, actor_id, event) AS (
        SELECT actor_kind, actor_id, id FROM events WHERE id = (
            {_REVEALS} ORDER BY actor_kind, actor_id, position DESC LIMIT 1)
        UNION ALL
        SELECT next.actor_kind, next.actor_id, next.id FROM consumers JOIN events AS next ON next.id = COALESCE(
            ({_REVEALS} AND reveals.actor_kind = consumers.actor_kind AND reveals.actor_id > consumers.actor_id
                ORDER BY reveals.actor_id, reveals.position DESC LIMIT 1),
            ({_REVEALS} AND reveals.actor_kind > consumers.actor_kind
                ORDER BY reveals.actor_kind, reveals.actor_id, reveals.position DESC LIMIT 1)))
    SELECT event FROM consumers)"""  # noqa: S608 - our own SQL


async def consumers(context: Context, credential_id: str, window: Window) -> Page[Event]:
    """A page of the newest reveals of each token and user, newest first. Needs READ.

    READ suffices, because it shows the same events with their actors. Raises InvalidArgument or InvalidCursor.
    """
    organization = await organization_now(context)
    reveals = Select(Event).where(_NEWEST_OF_EACH, *[organization.id, credential_id] * 3)
    return await read_page(reveals, LogOrder(organization, descending=True), window)
