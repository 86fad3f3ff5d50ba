"""Compares acknowledged changes, stored rows and events, and the events that subscribers received."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from tests.crash.facts import Fact, Rows, Told, replayed


class Kind(StrEnum):
    """The kinds of discrepancies."""

    LOST = "a change was acknowledged, and is not in the rows"
    UNTOLD = "a change was acknowledged, and has no event"
    UNASKED = "an event tells of a change that was not acknowledged, or once more of one that was"
    TWICE = "a change was refused, which can only be because it had been made before"
    APART = "the rows are not those that the events tell of"
    GAPS = "the positions are not 1, 2, 3 and so on"
    SKIPPED = "a subscriber was not told of an event"
    DOUBLED = "a subscriber was told twice of an event"
    DISORDERED = "a subscriber was told of an event after a later one"
    INVENTED = "a subscriber was told of an event that is not in the log"
    REFUSED = "a subscriber could not go on from its cursor"


class Discrepancy(NamedTuple):
    """A discrepancy, and the data that shows it."""

    kind: Kind
    where: object


@dataclass(frozen=True, slots=True)
class Stored:
    """An organization's final content in the database."""

    position: int
    positions: Sequence[int]
    log: Sequence[Told]
    rows: Rows


def changes(acknowledged: Iterable[Fact], refused: Sequence[str], stored: Stored) -> list[Discrepancy]:
    """The discrepancies between acknowledged changes, rows and log. Any refused change is a discrepancy, too."""
    acknowledged = list(acknowledged)
    logged = [told.fact for told in stored.log if told.fact.kind != "TOKEN_ISSUED"]
    expected, actual = Counter(acknowledged), Counter(logged)
    return _those_with_content(
        {
            Kind.LOST: _apart(replayed(acknowledged), stored.rows),
            Kind.UNTOLD: expected - actual,
            Kind.UNASKED: actual - expected,
            Kind.TWICE: refused,
            Kind.APART: _apart(replayed(logged), stored.rows) | _apart(stored.rows, replayed(logged)),
            Kind.GAPS: [] if list(stored.positions) == list(range(1, stored.position + 1)) else stored.positions,
        }
    )


def stream(told: Sequence[Told], refused: Sequence[str], log: Sequence[Told]) -> list[Discrepancy]:
    """The discrepancies between the log and the events of a subscriber that followed it from beginning to end."""
    places = {event: place for place, event in enumerate(log)}
    seen = Counter(told)
    known = [places[event] for event in told if event in places]
    found = {
        Kind.SKIPPED: [event for event in log if event not in seen],
        Kind.DOUBLED: [event for event, times in seen.items() if times > 1],
        Kind.DISORDERED: [log[b] for a, b in pairwise(known) if b < a],
        Kind.INVENTED: [event for event in told if event not in places],
        Kind.REFUSED: refused,
    }
    assert any(found.values()) == (list(told) != list(log) or bool(refused))
    return _those_with_content(found)


def _apart(one: Rows, other: Rows) -> Rows:
    """The rows of one that are missing or different in the other."""
    return {id_: row for id_, row in one.items() if other.get(id_) != row}


def _those_with_content(found: Mapping[Kind, object]) -> list[Discrepancy]:
    return [Discrepancy(kind, where) for kind, where in found.items() if where]
