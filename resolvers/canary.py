"""Finding out at the start, before anything is damaged, whether the encryption keys are those of the database.

With wrong keys every stored secret would be taken for damaged, and each credential that somebody looks at be
disconnected.
"""

from tortoise.exceptions import IntegrityError

from adapters.secret import Secret
from adapters.vault import Place, Vault, key_id_of
from models import Canary, Credential
from resolvers.credentials.keys import secret_place

CANARY_ID = "canary"
_PLACE = Place("drawbridge", CANARY_ID, "canary")
_SUNG = Secret("sung")
# So many of the newest secrets are tried where there is no canary yet; damage to one of them is no wrong key.
_SAMPLE = 20


class WrongKeysError(Exception):
    """The keys do not open what the database holds; the text is a sentence for the operator and names ids only."""

    def __init__(self, vault: Vault, sealed: str) -> None:
        """Takes what should have opened."""
        given, needed = vault.key_ids, key_id_of(sealed)
        other = "another key of the id" if needed in given else "the key"
        super().__init__(
            f"The keys given ({', '.join(given)}) do not open what this database holds, which was sealed with {other} "
            f"{needed or '(unreadable)'}. Give that key as well, behind the one that is to seal."
        )


async def check_keys(vault: Vault) -> None:
    """Opens the canary, or seals one at the first start of all; raises WrongKeysError."""
    canary = await Canary.get_or_none(id=CANARY_ID) or await _first(vault)
    if not vault.opens(canary.sealed, _PLACE):
        raise WrongKeysError(vault, canary.sealed)


def seal_canary(vault: Vault) -> str:
    """A canary that opens with the first key alone."""
    return vault.seal(_SUNG, _PLACE)


async def _first(vault: Vault) -> Canary:
    """The first canary, once some of what was stored before there was any has opened."""
    stored = await Credential.filter(sealed_secret__not_isnull=True).order_by("-id").limit(_SAMPLE)
    if stored and not any(vault.opens(row.sealed_secret or "", secret_place(row)) for row in stored):
        raise WrongKeysError(vault, stored[0].sealed_secret or "")
    try:
        return await Canary.create(id=CANARY_ID, sealed=seal_canary(vault))
    except IntegrityError:  # another process was quicker
        return await Canary.get(id=CANARY_ID)
