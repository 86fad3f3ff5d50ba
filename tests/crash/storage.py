"""Reads an organization's content directly from the database."""

from models import Credential, Event, Integration, Organization
from resolvers.events.read import event_cursor
from settings import Settings
from startup.database import open_database
from tests.crash.comparison import Stored
from tests.crash.facts import Fact, Rows, Told


async def start_of_log(settings: Settings, organization: str) -> str:
    """The cursor before the first event of the organization with this name."""
    async with open_database(settings):
        return event_cursor((await Organization.get(name=organization)).id, 0)


async def stored(settings: Settings, organization: str) -> Stored:
    """The content of the organization with this name."""
    async with open_database(settings):
        row = await Organization.get(name=organization)
        events = await Event.filter(organization_id=row.id).order_by("position")
        return Stored(
            row.position, [event.position for event in events], [_told(event) for event in events], await _rows(row)
        )


def _told(event: Event) -> Told:
    cursor = event_cursor(event.organization_id, event.position)
    return Told(cursor, Fact(event.kind, event.subject, event.name, event.status))


async def _rows(organization: Organization) -> Rows:
    integrations = await Integration.filter(organization_id=organization.id).select_related("credential")
    credentials = await Credential.filter(organization_id=organization.id)
    rows: list[Integration | Credential] = [*integrations, *credentials]
    return {row.id: (row.name, row.status) for row in rows}
