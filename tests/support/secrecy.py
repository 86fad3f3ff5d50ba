"""Keeps what must not show, and what was shown, so that the two can be compared at the end of a server's life."""

import itertools

_counter = itertools.count(1)

SECRETS: set[str] = set()
SHOWN: list[str] = []


def secret_key(kind: str = "sk_test_", behaviour: str = "51Sandbox") -> str:
    """A key of its own for each use. `behaviour` is one of the sandbox's magic beginnings."""
    return keep(f"{kind}{behaviour}{next(_counter):06}Drawbridge{next(_counter):06}")


def keep(secret: str) -> str:
    """Notes a secret that must show nowhere."""
    SECRETS.add(secret)
    return secret


def show(text: str) -> None:
    """Notes what a client was shown."""
    SHOWN.append(text)


def assert_no_leak(*told: str) -> None:
    """Fails if a text holds a kept secret, or if anything that was shown does."""
    assert SECRETS
    for text in (*told, *SHOWN):
        assert leaks(text) == []


def leaks(text: str) -> list[str]:
    """The kept secrets that a text holds."""
    return [secret for secret in SECRETS if secret in text]
