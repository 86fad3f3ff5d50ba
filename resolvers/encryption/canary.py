"""Canaries: one sealed text per encryption key, with which servers check their keys against the database at start-up.

With wrong keys, every stored secret would look damaged, and reading a credential would disconnect it.
"""

from contextlib import suppress

from adapters.vault import EncryptionContext, Vault, key_id_of
from kit.secret import Secret
from models import Canary, Credential
from models.duplicates import DuplicateError, raising_duplicates
from resolvers.credentials.sealing import secret_context

_PLAINTEXT = Secret("sung")
# The number of the newest secrets to try if there is no canary yet: a single damaged one does not prove a wrong key.
_SAMPLE = 20


class WrongKeysError(Exception):
    """The keys do not decrypt the database. The text is for the operator and holds only the ids of keys."""

    def __init__(self, vault: Vault, sealed: str) -> None:
        given, needed = vault.key_ids, key_id_of(sealed)
        if needed in given:
            cause, advice = f"another key with the id {needed}", "Configure that key, or use another database."
        else:
            cause, advice = f"the key {needed or '(unreadable)'}", "Add that key after the one that seals."
        super().__init__(
            f"The configured keys ({', '.join(given)}) do not decrypt this database, which was sealed with {cause}. "
            f"{advice}"
        )


async def check_keys(vault: Vault) -> None:
    """Decrypts every canary, and adds one for the sealing key if it has none; raises WrongKeysError."""
    canaries = await Canary.all()
    if not canaries:
        await _try_sample(vault)
    for canary in canaries:
        if not vault.opens(canary.sealed, _canary_context(canary.id)):
            raise WrongKeysError(vault, canary.sealed)
    if vault.key_ids[0] not in {canary.id for canary in canaries}:
        await add_canary(vault)


async def add_canary(vault: Vault) -> None:
    """From now on servers refuse to start without the sealing key."""
    id_ = vault.key_ids[0]
    with suppress(DuplicateError), raising_duplicates():  # another process was faster
        await Canary.create(id=id_, sealed=vault.seal(_PLAINTEXT, _canary_context(id_)))


async def forget_other_canaries(vault: Vault) -> None:
    """Lets servers start with the sealing key alone. Call it once no other key is in use."""
    await Canary.exclude(id=vault.key_ids[0]).delete()


def _canary_context(id_: str) -> EncryptionContext:
    return EncryptionContext("drawbridge", id_, "canary")


async def _try_sample(vault: Vault) -> None:
    """Decrypts some of the secrets that were stored before there was a canary; raises WrongKeysError."""
    stored = await Credential.filter(sealed_secret__not_isnull=True).order_by("-id").limit(_SAMPLE)
    if stored and not any(vault.opens(row.sealed_secret or "", secret_context(row)) for row in stored):
        raise WrongKeysError(vault, stored[0].sealed_secret or "")
