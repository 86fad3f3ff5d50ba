"""Key rotation: reseals with the first key all texts that other keys have sealed, while servers keep running.

It appends no events and changes no position, version or time, so clients see no difference.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from adapters.vault import EncryptionContext, Vault, key_id_of
from models import Credential, IdempotentRequest, Organization, WebhookEndpoint, Withdrawal
from resolvers.context import Context, system_viewer
from resolvers.credentials.sealing import previous_secret_context, refresh_token_context, secret_context
from resolvers.credentials.withdraw import token_context
from resolvers.encryption.canary import add_canary, forget_other_canaries
from resolvers.events.unit_of_work import unit_of_work
from resolvers.idempotency import answer_context
from resolvers.services import Services
from resolvers.webhooks import sealing as webhooks

# An organization's writers wait while so many rows are resealed, at most.
_BATCH = 100

_Row = Credential | IdempotentRequest | Withdrawal | WebhookEndpoint
# The sealed columns of each table, with the encryption context of their texts.
_SEALED: dict[type[Any], dict[str, Callable[[Any], EncryptionContext]]] = {
    Credential: {
        "sealed_secret": secret_context,
        "sealed_previous_secret": previous_secret_context,
        "sealed_refresh_token": refresh_token_context,
    },
    IdempotentRequest: {"sealed_answer": answer_context},
    Withdrawal: {"sealed_token": token_context},
    WebhookEndpoint: {
        "sealed_secret": webhooks.secret_context,
        "sealed_previous_secret": webhooks.previous_secret_context,
    },
}


@dataclass(frozen=True, slots=True)
class _Text:
    """A sealed text as it was read, with its row and column."""

    row: _Row
    column: str
    sealed: str
    context: EncryptionContext


@dataclass(slots=True)
class Rotation:
    """The progress of a rotation: rows seen, and sealed texts by result."""

    rows: int
    seen: int = 0
    resealed: int = 0
    already: int = 0
    unreadable: int = 0

    @property
    def texts(self) -> int:
        """The number of sealed texts in the rows seen."""
        return self.resealed + self.already + self.unreadable


async def rotate(services: Services, *, dry_run: bool = False) -> AsyncIterator[Rotation]:
    """Reseals in batches, each with its own commits, and yields the progress after each.

    If it is killed, the next run continues. Canaries go last: until a run is complete, servers refuse to start without
    the old key. A dry run counts the texts that it would reseal.
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
    """Counts the texts that need no change, and reseals the others under the lock of their organization.

    Without that lock, a writer that has read the row could save it whole and bring the old ciphertext back.
    """
    vault, old = services.vault, list[_Text]()
    for text in _texts(batch):
        if not vault.opens(text.sealed, text.context):
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
        for column, context_of in _SEALED[type(row)].items():
            if sealed := getattr(row, column):
                yield _Text(row, column, sealed, context_of(row))


def _organization_of(text: _Text) -> str:
    return text.row.organization_id


async def _reseal(vault: Vault, text: _Text) -> int:
    """Reseals a text unless it has changed since the read, in which case its writer has sealed it anew."""
    sealed = vault.seal(vault.open(text.sealed, text.context), text.context)
    unchanged: dict[str, Any] = {"id": text.row.id, text.column: text.sealed}
    return await type(text.row).filter(**unchanged).update(**{text.column: sealed})
