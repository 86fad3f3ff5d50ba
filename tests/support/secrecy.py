"""Records secrets and responses, and checks at the end of a server's life that no secret leaked."""

import itertools
import re
from typing import Any

_counter = itertools.count(1)
_BEGINNING = 32

SECRETS: set[str] = set()
SHOWN: list[str] = []


def secret_key(kind: str = "sk_test_", behaviour: str = "51Sandbox") -> str:
    """Returns a unique key. `behaviour` is one of the sandbox's magic prefixes."""
    return keep(f"{kind}{behaviour}{next(_counter):06}Drawbridge{next(_counter):06}")


def keep(secret: str) -> str:
    """Records a secret that must not appear anywhere."""
    SECRETS.add(secret)
    return secret


def show(text: str) -> None:
    """Records a response to a client."""
    SHOWN.append(text)


def assert_no_leak(*told: str) -> None:
    """Fails if the text or a recorded response contains a recorded secret."""
    assert SECRETS
    everything = "\n".join((*told, *SHOWN))
    places = [match.start() for match in re.finditer(f"(?={_beginning_of(SECRETS)})", everything)]
    leaked = {place: secret for place in places for secret in SECRETS if everything.startswith(secret, place)}
    assert not leaked, [everything[max(0, place - 500) : place + 500] for place in leaked][:3]


def _beginning_of(texts: set[str]) -> str:
    """Returns a pattern for the prefixes of all secrets; a separate search for each takes half a minute."""
    tree: dict[str, Any] = {}
    for text in texts:
        branch = tree
        for letter in text[:_BEGINNING]:
            branch = branch.setdefault(letter, {})
        branch[""] = {}
    return _pattern_of(tree)


def _pattern_of(tree: dict[str, Any]) -> str:
    if "" in tree:
        return ""
    branches = [re.escape(letter) + _pattern_of(branch) for letter, branch in tree.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def leaks(text: str) -> list[str]:
    """Returns the recorded secrets that a text contains."""
    return [secret for secret in SECRETS if secret in text]
