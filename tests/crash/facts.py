"""Events as far as they can be foretold, and the rows that follow from them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

Rows = dict[str, tuple[str, str]]


class Fact(NamedTuple):
    """What an event tells, whoever tells it: the log, a subscription, or the answer to a change."""

    kind: str
    subject: str
    name: str
    status: str | None


class Told(NamedTuple):
    """A fact, and the cursor of its place in the log."""

    cursor: str
    fact: Fact


def told(event: dict[str, Any]) -> Told:
    """What a pushed event tells."""
    status = event.get("integrationStatus") or event.get("credentialStatus")
    return Told(event["cursor"], Fact(event["kind"], event["id"], event["name"], status))


def integration_fact(kind: str, integration: dict[str, Any]) -> Fact:
    """What the event of this kind has to tell of an integration that was answered."""
    status = None if kind == "DELETED" else integration["status"]
    return Fact(f"INTEGRATION_{kind}", integration["id"], integration["name"], status)


def credential_fact(kind: str, credential: dict[str, Any]) -> Fact:
    """The same of a credential."""
    status = None if kind == "DELETED" else credential["status"]
    return Fact(f"CREDENTIAL_{kind}", credential["id"], credential["name"], status)


def replayed(facts: Iterable[Fact]) -> Rows:
    """The rows that are there after all this has happened, by id: their names and statuses."""
    rows: Rows = {}
    for fact in facts:
        if fact.status is None:
            rows.pop(fact.subject, None)
        else:
            rows[fact.subject] = (fact.name, fact.status)
    return rows
