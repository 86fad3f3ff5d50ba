"""The predictable parts of events, and the rows that result from them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

Rows = dict[str, tuple[str, str]]


class Fact(NamedTuple):
    """The predictable content of an event, from the log, a subscription, or the response to a change."""

    kind: str
    subject: str
    name: str
    status: str | None


class Told(NamedTuple):
    """A fact, and the cursor of its event in the log."""

    cursor: str
    fact: Fact


def told(event: dict[str, Any]) -> Told:
    """The fact and the cursor of a pushed event."""
    status = event.get("integrationStatus") or event.get("credentialStatus")
    return Told(event["cursor"], Fact(event["kind"], event["id"], event["name"], status))


def integration_fact(kind: str, integration: dict[str, Any]) -> Fact:
    """The fact that an event of this kind must contain about an integration in a response."""
    status = None if kind == "DELETED" else integration["status"]
    return Fact(f"INTEGRATION_{kind}", integration["id"], integration["name"], status)


def credential_fact(kind: str, credential: dict[str, Any]) -> Fact:
    """The fact that an event of this kind must contain about a credential in a response."""
    status = None if kind == "DELETED" else credential["status"]
    return Fact(f"CREDENTIAL_{kind}", credential["id"], credential["name"], status)


def replayed(facts: Iterable[Fact]) -> Rows:
    """The rows that result from these facts: their names and statuses by id."""
    rows: Rows = {}
    for fact in facts:
        if fact.status is None:
            rows.pop(fact.subject, None)
        else:
            rows[fact.subject] = (fact.name, fact.status)
    return rows
