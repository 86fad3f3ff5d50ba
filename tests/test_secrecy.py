"""The leak check of the `server` fixture finds secrets in stored, logged and returned data."""

import base64

import pytest

from tests.support.client import Client
from tests.support.databases import stored
from tests.support.secrecy import assert_no_leak, secret_key
from tests.support.servers import RunningServer

_CREATE = 'mutation { createCredential(input: {name: "%s", secretKey: "%s"}) { __typename } }'


def test_the_comparison_finds_what_it_looks_for() -> None:
    secret = secret_key()
    with pytest.raises(AssertionError):
        assert_no_leak(f"…{secret}…")
    assert_no_leak(base64.b64encode(secret.encode()).decode())


async def test_it_would_find_a_secret_in_the_database(client: Client, server: RunningServer) -> None:
    name = f"sk_test_{secret_key()[-20:]}"
    await client.execute(_CREATE % (name, secret_key()))
    assert name in await stored(server.settings)
