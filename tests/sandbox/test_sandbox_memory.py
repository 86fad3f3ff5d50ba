"""The sandbox's memory is bounded: the oldest objects and the oldest answers give way to new ones."""

from sandbox.resources import idempotency
from sandbox.resources.idempotency import Answers
from sandbox.resources.ledger import KEPT, Ledger, Origin
from sandbox.resources.resource import create
from sandbox.resources.table import RESOURCES

_LEDGER = ("acct_1SandboxDrawbridge", False)


def test_the_newest_objects_and_events_are_stored() -> None:
    ledger, origin = Ledger(*_LEDGER), Origin("req_1", None)
    ids = [create(ledger, "customers", RESOURCES["customers"], {}, origin)["id"] for _ in range(KEPT + 5)]
    assert [each["id"] for each in ledger.newest("customers")] == ids[::-1][:KEPT]
    assert len(list(ledger.newest("events"))) == KEPT


def test_the_newest_answers_are_given_again() -> None:
    ledger, answers, created = Ledger(*_LEDGER), Answers(), list[str]()

    def ask(key: str) -> None:
        def create_customer() -> dict[str, str]:
            created.append(key)
            return {"id": key}

        answers.once(ledger, Origin("req_1", key), "customers", {}, create_customer)

    for number in range(idempotency.KEPT + 1):
        ask(f"key {number}")
    ask(f"key {idempotency.KEPT}")
    assert len(created) == idempotency.KEPT + 1
    ask("key 0")
    assert created[-1] == "key 0"
