"""Sealing anew, with the first key, all that is sealed with others, while servers go on reading and writing it.

No event tells of it, and no position, version or time moves: what clients see stays the same.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from adapters.vault import EncryptionContext, Vault, key_id_of
from models import Credential, IdempotentRequest, Organization
from resolvers.context import Context, system_viewer
from resolvers.credentials.sealing import secret_context
from resolvers.encryption.canary import add_canary, forget_other_canaries
from resolvers.events.unit_of_work import unit_of_work
from resolvers.idempotency import answer_context
from resolvers.services import Services

# An organization's own writers wait for at most so many rows.
_BATCH = 100

_Row = Credential | IdempotentRequest
# What is sealed: by table, each column and the place that its texts are bound to.
_SEALED: dict[type[Any], dict[str, Callable[[Any], EncryptionContext]]] = {
    Credential: {"sealed_secret": secret_context},
    IdempotentRequest: {"sealed_answer": answer_context},
}


@dataclass(frozen=True, slots=True)
class _Text:
    """A sealed text, as it was found, and where."""

    row: _Row
    column: str
    sealed: str
    place: EncryptionContext


@dataclass(slots=True)
class Rotation:
    """How far a rotation has come, in rows looked at, and in sealed texts by what became of them."""

    rows: int
    seen: int = 0
    resealed: int = 0
    already: int = 0
    unreadable: int = 0

    @property
    def texts(self) -> int:
        """How many sealed texts there were in these rows."""
        return self.resealed + self.already + self.unreadable


async def rotate(services: Services, *, dry_run: bool = False) -> AsyncIterator[Rotation]:
    """Reseals in batches, each committed by itself, and tells after each how far it has come.

    What has been done stays done if it is killed; the next run finds it so. Canaries go last: until a
    run has come to its end, no server starts without the old key. A dry run counts what it would reseal.
    """
    rotation = Rotation(rows=sum([await model.all().count() for model in _SEALED]))
    for model in _SEALED:
        last = ""
        while batch := await model.filter(id__gt=last).order_by("id").limit(_BATCH):
            last = batch[-1].id
            await _reseal_batch(services, batch, rotation, dry_run=dry_run)
            rotation.seen += len(batch)
            yield rotation
    if not dry_run:
        await add_canary(services.vault)
        await forget_other_canaries(services.vault)


async def _reseal_batch(services: Services, batch: list[_Row], rotation: Rotation, *, dry_run: bool) -> None:
    """Counts what is well as it is, and reseals the rest, under the lock of its organization.

    A row that a writer has read under that lock must not change beneath it: saving the row whole, as writers do,
    would bring the old ciphertext back.
    """
    vault, old = services.vault, list[_Text]()
    for text in _texts(batch):
        if not vault.opens(text.sealed, text.place):
            rotation.unreadable += 1
        elif key_id_of(text.sealed) == vault.key_ids[0]:
            rotation.already += 1
        else:
            old.append(text)
    if dry_run:
        rotation.resealed += len(old)
        return
    for organization_id, texts in groupby(sorted(old, key=_organization_of), _organization_of):
        system = system_viewer(await Organization.get(id=organization_id))
        async with unit_of_work(Context(services), system):
            for text in texts:
                rotation.resealed += await _reseal(vault, text)


def _texts(rows: Iterable[_Row]) -> Iterator[_Text]:
    for row in rows:
        for column, place_of in _SEALED[type(row)].items():
            if sealed := getattr(row, column):
                yield _Text(row, column, sealed, place_of(row))


def _organization_of(text: _Text) -> str:
    return text.row.organization_id


async def _reseal(vault: Vault, text: _Text) -> int:
    """Reseals a text that is still as it was; whoever has changed it meanwhile has sealed it anew."""
    sealed = vault.seal(vault.open(text.sealed, text.place), text.place)
    unchanged: dict[str, Any] = {"id": text.row.id, text.column: text.sealed}
    return await type(text.row).filter(**unchanged).update(**{text.column: sealed})
