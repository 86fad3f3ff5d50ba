"""An identity provider's keys: found, cached, rotated, withdrawn and unavailable."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.identity.provider import ASYMMETRIC
from adapters.identity.signing_keys import ProviderKeys, ProviderUnavailableError
from kit.loopback import is_safe_url
from tests.support.identity import Provider, new_key, public
from tests.support.jwks import JwksServer, running_jwks
from tests.support.waiting import PATIENCE

_DISCOVERY = "/.well-known/openid-configuration"


class Clock:
    """A clock that tests advance."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.seconds


@pytest.fixture
def jwks() -> Iterator[JwksServer]:
    """A JWKS endpoint."""
    with running_jwks() as server:
        yield server


def _keys(jwks: JwksServer, clock: Clock | None = None) -> ProviderKeys:
    return ProviderKeys("https://issuer.example", f"{jwks.address}/jwks", ASYMMETRIC, clock or Clock())


def _tell(jwks: JwksServer, *keys: dict[str, Any]) -> None:
    jwks.answers["/jwks"] = {"keys": [public(key) for key in keys]}


async def _knows(keys: ProviderKeys, key: dict[str, Any]) -> bool:
    return await keys.find(key["kid"], key["alg"]) is not None


async def test_keys_are_found_by_discovery_and_after_a_rotation_by_their_new_id(tmp_path: Path) -> None:
    provider = Provider(tmp_path, {"partner": {}}, [new_key("RS256")])
    keys = ProviderKeys(provider.issuer, None, ASYMMETRIC)
    old, new = provider.keys[0], new_key("EdDSA")
    with provider.running():
        assert await _knows(keys, old)
        assert not await _knows(keys, new)
    provider.keys = [new, old]
    with provider.running():
        assert await _knows(keys, new)
        assert await _knows(keys, old)


async def test_any_number_of_unknown_ids_asks_the_provider_a_few_times(jwks: JwksServer) -> None:
    key, clock = new_key(), Clock()
    _tell(jwks, key)
    keys = _keys(jwks, clock)
    for number in range(200):
        assert await keys.find(f"made up {number}", "ES256") is None
    assert len(jwks.asked) == 3
    assert await _knows(keys, key)
    clock.seconds += 60
    for number in range(200):
        await keys.find(f"made up {number}", "ES256")
    assert len(jwks.asked) == 6


async def test_a_rotation_is_noticed_within_ten_seconds_of_garbage(jwks: JwksServer) -> None:
    clock, new = Clock(), new_key()
    _tell(jwks, new_key())
    keys = _keys(jwks, clock)
    for number in range(10):
        await keys.find(str(number), "ES256")
    _tell(jwks, new)
    assert not await _knows(keys, new)
    clock.seconds += 10
    assert await _knows(keys, new)


async def test_who_comes_together_asks_together(jwks: JwksServer) -> None:
    key = new_key()
    _tell(jwks, key)
    jwks.delay = 0.2
    keys = _keys(jwks)
    assert all(await asyncio.gather(*(_knows(keys, key) for _ in range(50))))
    assert jwks.asked == ["/jwks"]


async def test_who_leaves_does_not_take_the_keys_from_others(jwks: JwksServer) -> None:
    key = new_key()
    _tell(jwks, key)
    jwks.delay = 0.2
    keys = _keys(jwks)
    leaving, staying = (asyncio.create_task(_knows(keys, key)) for _ in range(2))
    await asyncio.sleep(0.05)
    leaving.cancel()
    assert await staying


async def test_a_key_that_was_withdrawn_is_out_of_use_after_ten_minutes(jwks: JwksServer) -> None:
    clock, key = Clock(), new_key()
    _tell(jwks, key)
    keys = _keys(jwks, clock)
    assert await _knows(keys, key)
    _tell(jwks, new_key())
    clock.seconds += 599
    assert await _knows(keys, key)
    clock.seconds += 1
    assert not await _knows(keys, key)


@pytest.mark.parametrize(
    "answer", [None, b"not JSON", b"[" * 100_000, [], {}, {"keys": None}, {"keys": 1}], ids=range(7)
)
async def test_while_the_provider_is_away_known_keys_go_on(jwks: JwksServer, answer: object) -> None:
    clock, key = Clock(), new_key()
    _tell(jwks, key)
    keys = _keys(jwks, clock)
    assert await _knows(keys, key)
    jwks.answers["/jwks"] = answer
    for _ in range(20):
        clock.seconds += 600
        assert await _knows(keys, key)
    assert len(jwks.asked) == 21


async def test_without_any_key_the_provider_is_away_and_is_asked_now_and_then(jwks: JwksServer) -> None:
    clock, key = Clock(), new_key()
    keys = _keys(jwks, clock)
    for _ in range(20):
        with pytest.raises(ProviderUnavailableError):
            await _knows(keys, key)
    assert len(jwks.asked) == 3
    _tell(jwks, key)
    clock.seconds += 10
    assert await _knows(keys, key)


@pytest.mark.slow
async def test_a_provider_that_does_not_answer_is_not_waited_for_long(jwks: JwksServer) -> None:
    jwks.delay = 10
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ProviderUnavailableError):
            await _knows(_keys(jwks), new_key())


@pytest.mark.parametrize(
    "changes",
    [{"issuer": "https://other.example"}, {"jwks_uri": "http://192.0.2.1/jwks"}, {"jwks_uri": None}],
    ids=["another issuer", "keys that anybody on the way may change", "no keys"],
)
async def test_what_discovery_must_not_say_is_not_believed(jwks: JwksServer, changes: dict[str, Any]) -> None:
    key = new_key()
    _tell(jwks, key)
    said = {"issuer": jwks.address, "jwks_uri": f"{jwks.address}/jwks"}
    jwks.answers[_DISCOVERY] = said | changes
    with pytest.raises(ProviderUnavailableError):
        await _knows(ProviderKeys(jwks.address, None, ASYMMETRIC), key)
    jwks.answers[_DISCOVERY] = said
    assert await _knows(ProviderKeys(jwks.address, None, ASYMMETRIC), key)


async def test_only_keys_that_are_for_signing_by_an_allowed_algorithm_are_used(jwks: JwksServer) -> None:
    good, rsa = new_key("ES256"), public(new_key("RS256"))
    odd: list[Any] = [
        {**rsa, "kid": "for RS256"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared", "alg": "HS256"},
        {**rsa, "kid": "for encryption", "use": "enc", "alg": "PS256"},
        {**rsa, "kid": ["no text"]},
        {"kid": "no type"},
        "no object",
    ]
    free = {name: value for name, value in rsa.items() if name not in {"alg", "use"}} | {"kid": "free"}
    jwks.answers["/jwks"] = {"keys": [*odd, public(good), free]}
    keys = ProviderKeys("https://issuer.example", f"{jwks.address}/jwks", ("ES256", "PS256"))
    assert await _knows(keys, good)
    assert await keys.find("free", "PS256")
    assert await keys.find("free", "RS256") is None
    assert await keys.find("shared", "HS256") is None
    for kid in ("for encryption", "for RS256", good["kid"]):
        assert await keys.find(kid, "PS256") is None


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.example.com/", True),
        ("http://127.0.0.1:9000", True),
        ("http://localhost/realm", True),
        ("http://[::1]:1/", True),
        ("http://login.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://127.0.0.1@login.example.com", False),
        ("ftp://localhost", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_keys_come_encrypted_or_from_this_machine(url: str, safe: bool) -> None:
    assert is_safe_url(url) is safe
