"""Bounds the calls that a process makes at a time, so that slow receivers do not hold up fast ones.

Each endpoint that is served takes a fast slot. A call that lasts takes a slow one instead, as long as one is free. An
organization has a part of all slots, so that a few whose receivers are slow leave slots to others.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

_FAST, _SLOW = 32, 64
_PATIENCE_SECONDS = 1.0
# Of an organization; it can have 20 endpoints.
MOST = 16


class Slots:
    """`freed` is called when a slot becomes free."""

    def __init__(self, freed: Callable[[], None], *, fast: int = _FAST, slow: int = _SLOW) -> None:
        self.free = fast
        self._slow = slow
        self._freed = freed
        self._taken = Counter[str]()
        self._impatient = dict[Slot, None]()  # in the order in which they wait for a slow slot

    def rooms(self) -> Mapping[str, int]:
        """How many more slots each organization can take that has some. Others can take MOST."""
        return {organization: MOST - taken for organization, taken in self._taken.items()}

    def take(self, organization_id: str) -> "Slot":
        """Takes a fast slot; `free` must be positive."""
        self.free -= 1
        self._taken[organization_id] += 1
        return Slot(self, organization_id)

    def slow_down(self, slot: "Slot") -> None:
        """Exchanges a fast slot for a slow one, once there is one."""
        self._impatient[slot] = None
        self._exchange()

    def be_patient(self, slot: "Slot") -> None:
        """The call has ended before there was a slow slot."""
        self._impatient.pop(slot, None)

    def give_back(self, slot: "Slot") -> None:
        self._taken -= Counter([slot.organization_id])  # forgets those that have none
        if slot.is_slow:
            self._slow += 1
            self._exchange()
        else:
            self.free += 1
        self._freed()

    def _exchange(self) -> None:
        while self._slow and self._impatient:
            slot = next(iter(self._impatient))
            del self._impatient[slot]
            slot.is_slow = True
            self._slow -= 1
            self.free += 1
            self._freed()


class Slot:
    """The slot of an endpoint. Once it is slow it stays so, because the receiver is."""

    def __init__(self, slots: Slots, organization_id: str) -> None:
        self._slots = slots
        self.organization_id = organization_id
        self.is_slow = False

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Surrounds a call."""
        timer = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._slow_down)
        try:
            yield
        finally:
            timer.cancel()
            self._slots.be_patient(self)

    def give_back(self) -> None:
        self._slots.give_back(self)

    def _slow_down(self) -> None:
        if not self.is_slow:
            self._slots.slow_down(self)
