"""The state of this process's checks of credentials."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kit.circuit_breaker import CircuitBreaker
from models import Destination


@dataclass(slots=True)
class CheckState:
    """A breaker per mode, the failures by cause since the last log line, and how many credentials are checked.

    `interval` is zero if credentials are not checked again by themselves.
    """

    interval: timedelta
    breakers: Mapping[Destination, CircuitBreaker] = field(
        default_factory=lambda: {destination: CircuitBreaker() for destination in Destination}
    )
    failures: Counter[str] = field(default_factory=Counter)
    logged_at: datetime | None = None
    totals: Mapping[Destination, int] = field(default_factory=dict)
    counted_at: datetime | None = None
