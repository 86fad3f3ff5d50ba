"""The message of an event, as Standard Webhooks defines it: an id, and `{"type", "timestamp", "data"}` as JSON.

It is built from the log's row, which has no secret, so every attempt sends the same bytes.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from models import Event, EventKind
from resolvers.events.details import event_details

_ID_BYTES = 16
_NOUNS = ("integration", "credential", "secret", "token", "webhook_endpoint")


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is the same for every endpoint and attempt, so that receivers can drop repeats."""

    id: str
    body: str


def message_of(event: Event) -> Message:
    """The message of an event."""
    data = {_camel(name): value for name, value in event_details(event).items()}
    data["actor"] = {"kind": event.actor_kind, "id": event.actor_id, "name": event.actor}
    body = {"type": type_of(event.kind), "timestamp": event.occurred_at, "data": data}
    text = orjson.dumps(body, default=_time, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
    return Message(_id_of(event), text)


def type_of(kind: EventKind) -> str:
    """The type of a kind, such as `credential.status_changed`."""
    text = kind.lower()
    noun = next(noun for noun in _NOUNS if text.startswith(f"{noun}_"))
    return f"{noun}.{text.removeprefix(f'{noun}_')}"


def _id_of(event: Event) -> str:
    """Includes the time: after a restored backup, a position can be another event's."""
    identity = f"{event.organization_id} {event.position} {event.occurred_at.timestamp():.6f}"
    return f"msg_{hashlib.sha256(identity.encode()).hexdigest()[: 2 * _ID_BYTES]}"


def _time(value: datetime) -> str:
    """A time as GraphQL's responses have it."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
