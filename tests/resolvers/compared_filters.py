"""Filters of lists and of the log, as use cases take them and as Tortoise does, and the rows that they select."""

from datetime import UTC, datetime, timedelta
from typing import Any

from models import (
    ActorKind,
    AuthenticationMethod,
    CredentialStatus,
    Destination,
    EventKind,
    IntegrationStatus,
    Provider,
)
from models.identifiers import new_id

NAMES = ("delta", "Alpha", "alpha_%", "bravo\\", "Ångström", "straße", "b?", "$1", "echo", "Foxtrot")
IDS = [new_id("integration") for _ in NAMES]  # of the integrations of "mine"
CREDENTIAL_IDS = [new_id("credential") for _ in NAMES]
SUBJECT = IDS[0]
ACCOUNT = "acct_1Shared"
_KINDS = [EventKind.SECRET_REVEALED, EventKind.TOKEN_ISSUED]

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def time_of(position: int) -> datetime:
    """When the event at a position happened: three each at one time, some of them at whole seconds."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=position // 3 / 2)


# The filters of use cases, and Tortoise's.
INTEGRATIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "all": ({}, {}),
    "a provider": ({"provider": Provider.STRIPE}, {"provider": Provider.STRIPE}),
    "a status": ({"status": IntegrationStatus.INACTIVE}, {"status_copy": IntegrationStatus.INACTIVE}),
    "a destination": ({"destination": Destination.STRIPE}, {"destination_copy": Destination.STRIPE}),
    "a part": ({"name_contains": "AL"}, {"name_key__contains": "al"}),
    "wildcards": ({"name_contains": "_%"}, {"name_key__contains": "_%"}),
    "a backslash": ({"name_contains": "\\"}, {"name_key__contains": "\\"}),
    "a question mark": ({"name_contains": "?"}, {"name_key__contains": "?"}),
    "a search": ({"search": " AL"}, {"name_key__contains": "al"}),
    "a key": ({"search": "AL01 "}, {"name": "Alpha"}),
    "a name of four letters": ({"search": "echo"}, {"name": "echo"}),
    "a name": ({"name": " echo "}, {"name": "echo"}),
    "ids": ({"ids": [*IDS[2:7], IDS[2], "x", CREDENTIAL_IDS[0]]}, {"id__in": IDS[2:7]}),
    "an account": ({"account_id": ACCOUNT}, {"credential__account_id": ACCOUNT, "credential__account_known": True}),
    "several": (
        {"provider": Provider.STRIPE, "status": IntegrationStatus.ACTIVE, "name_contains": "e"},
        {"provider": Provider.STRIPE, "status_copy": IntegrationStatus.ACTIVE, "name_key__contains": "e"},
    ),
}
CREDENTIALS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "all": ({}, {}),
    "a destination": ({"destination": Destination.STRIPE}, {"destination": Destination.STRIPE}),
    "a status": ({"status": CredentialStatus.INCOMPLETE}, {"status": CredentialStatus.INCOMPLETE}),
    "a method": ({"method": AuthenticationMethod.OAUTH}, {"method": AuthenticationMethod.OAUTH}),
    "a part": ({"name_contains": "AL"}, {"name_key__contains": "al"}),
    "a key": ({"search": "al01"}, {"name": "Alpha"}),
    "a name": ({"name": " A\u030angström"}, {"name": "Ångström"}),
    "ids": ({"ids": [*CREDENTIAL_IDS[2:7], "x", IDS[0]]}, {"id__in": CREDENTIAL_IDS[2:7]}),
    "an account": ({"account_id": ACCOUNT}, {"account_id": ACCOUNT, "account_known": True}),
    "several": (
        {"status": CredentialStatus.CONNECTED, "name_contains": "e"},
        {"status": CredentialStatus.CONNECTED, "name_key__contains": "e"},
    ),
}
EVENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "all": ({}, {}),
    "kinds": ({"kinds": _KINDS}, {"kind__in": _KINDS}),
    "no kind": ({"kinds": []}, {"kind__in": []}),
    "a subject": ({"subject": SUBJECT}, {"subject": SUBJECT}),
    "no id": ({"subject": "nothing"}, {"subject": "nothing"}),
    "an integration": ({"integration": SUBJECT}, {"subject__in": [SUBJECT, CREDENTIAL_IDS[0]]}),
    "an integration, unknown": ({"integration": new_id("integration")}, {"subject": "nothing"}),
    "an integration, no id": ({"integration": "nothing"}, {"subject": "nothing"}),
    "an integration and kinds": (
        {"integration": SUBJECT, "kinds": _KINDS},
        {"subject__in": [SUBJECT, CREDENTIAL_IDS[0]], "kind__in": _KINDS},
    ),
    "an integration and a subject": (
        {"integration": SUBJECT, "subject": CREDENTIAL_IDS[0]},
        {"subject": CREDENTIAL_IDS[0]},
    ),
    "a kind of actor": ({"actor_kind": ActorKind.STRIPE}, {"actor_kind": ActorKind.STRIPE}),
    "an actor": ({"actor_id": "token_1"}, {"actor_id": "token_1"}),
    "an actor, no text": ({"actor_id": "token_\0"}, {"actor_id": "nobody"}),
    "an actor and kinds": ({"actor_id": "token_1", "kinds": _KINDS}, {"actor_id": "token_1", "kind__in": _KINDS}),
    "from a time": ({"occurred_after": time_of(10)}, {"occurred_at__gte": time_of(10)}),
    "to a time": ({"occurred_before": time_of(10)}, {"occurred_at__lt": time_of(10)}),
    "a period": (
        {"occurred_after": time_of(5), "occurred_before": time_of(20), "subject": SUBJECT},
        {"occurred_at__gte": time_of(5), "occurred_at__lt": time_of(20), "subject": SUBJECT},
    ),
    "all of time": ({"occurred_after": _FIRST, "occurred_before": _LAST}, {}),
    "no time": ({"occurred_after": _LAST, "occurred_before": _FIRST}, {"subject": "nothing"}),
    "several": ({"kinds": _KINDS, "subject": SUBJECT}, {"kind__in": _KINDS, "subject": SUBJECT}),
}
