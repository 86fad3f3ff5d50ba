"""Finding out at the start, before anything is damaged, whether the encryption keys are those of the database.

With wrong keys every stored secret would be taken for damaged, and each credential that somebody looks at be
disconnected.
"""

from contextlib import suppress

from adapters.vault import EncryptionContext, Vault, key_id_of
from kit.secret import Secret
from models import Canary, Credential
from models.duplicates import DuplicateError, raising_duplicates
from resolvers.credentials.sealing import secret_context

_SUNG = Secret("sung")
# So many of the newest secrets are tried where there is no canary yet; damage to one of them is no wrong key.
_SAMPLE = 20


class WrongKeysError(Exception):
    """The keys do not open what the database holds; the text is a sentence for the operator and names ids only."""

    def __init__(self, vault: Vault, sealed: str) -> None:
        """Takes what should have opened."""
        given, needed = vault.key_ids, key_id_of(sealed)
        other = "another key with the id" if needed in given else "the key"
        super().__init__(
            f"The configured keys ({', '.join(given)}) do not decrypt this database, which was sealed with {other} "
            f"{needed or '(unreadable)'}. Add that key after the one that seals."
        )


async def check_keys(vault: Vault) -> None:
    """Opens the canary of each key that has sealed anything, and seals one for the first; raises WrongKeysError."""
    canaries = await Canary.all()
    if not canaries:
        await _try_sample(vault)
    for canary in canaries:
        if not vault.opens(canary.sealed, _place(canary.id)):
            raise WrongKeysError(vault, canary.sealed)
    if vault.key_ids[0] not in {canary.id for canary in canaries}:
        await add_canary(vault)


async def add_canary(vault: Vault) -> None:
    """Has no server start any more without the key that seals."""
    id_ = vault.key_ids[0]
    with suppress(DuplicateError), raising_duplicates():  # another process was quicker
        await Canary.create(id=id_, sealed=vault.seal(_SUNG, _place(id_)))


async def forget_other_canaries(vault: Vault) -> None:
    """Has servers start with the key that seals alone, once nothing is sealed with others."""
    await Canary.exclude(id=vault.key_ids[0]).delete()


def _place(id_: str) -> EncryptionContext:
    return EncryptionContext("drawbridge", id_, "canary")


async def _try_sample(vault: Vault) -> None:
    """Opens some of what was stored before there was any canary; raises WrongKeysError."""
    stored = await Credential.filter(sealed_secret__not_isnull=True).order_by("-id").limit(_SAMPLE)
    if stored and not any(vault.opens(row.sealed_secret or "", secret_context(row)) for row in stored):
        raise WrongKeysError(vault, stored[0].sealed_secret or "")
