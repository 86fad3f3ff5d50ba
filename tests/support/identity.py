"""A real identity provider: npm's oidc-provider, in a separate process."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.support.node import NODE
from tests.support.plain import PLAIN
from tests.support.ports import own_port
from tests.support.secrecy import keep
from tests.support.servers import ROOT
from tests.support.waiting import PATIENCE

AUDIENCE = "https://drawbridge.example/graphql"
READ, CONFIGURE = "drawbridge.read", "drawbridge.configure"
_PROGRAM = ROOT / "tests" / "identity_provider" / "provider.mjs"
_numbers = count(1)


def new_key(algorithm: str = "ES256") -> dict[str, Any]:
    """Generates a private key as a JWK with a unique key id."""
    jwk: dict[str, Any]
    if algorithm == "EdDSA":
        jwk = OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate(), as_dict=True)
    elif algorithm == "ES256":
        jwk = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    else:
        jwk = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048), as_dict=True)
        jwk.pop("key_ops")
    return {**jwk, "kid": f"key-{next(_numbers)}", "alg": algorithm, "use": "sig"}


def public(key: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the public part of a key."""
    return {name: key[name] for name in ("kty", "kid", "alg", "use", "n", "e", "crv", "x", "y") if name in key}


def sign(key: dict[str, Any], claims: Mapping[str, Any], **header: Any) -> str:
    """Signs a JWT with any key; `header` overrides the actual header fields."""
    signer = _signer(json.dumps(key))
    headers = {"kid": key.get("kid"), "typ": "at+jwt", **header}
    return keep(jwt.encode(dict(claims), signer.key, signer.algorithm_name, headers))


@cache
def _signer(key: str) -> jwt.PyJWK:
    """Returns the signer of a key in JSON, once: a key of RSA is checked for 20 ms each time."""
    return jwt.PyJWK(json.loads(key))


@dataclass(slots=True)
class Provider:
    """A provider with a fixed address. `clients` maps client names to their claims."""

    folder: Path
    clients: dict[str, dict[str, Any]]
    keys: list[dict[str, Any]] = field(default_factory=lambda: [new_key("RS256")])
    issuer: str = field(default_factory=lambda: f"http://127.0.0.1:{own_port()}")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Runs the provider with its current keys."""
        file = self.folder / "provider.json"
        clients = {name: self._client(claims) for name, claims in self.clients.items()}
        file.write_text(json.dumps({"issuer": self.issuer, "jwks": {"keys": self.keys}, "clients": clients}))
        with (self.folder / "provider.log").open("ab") as log:
            process = subprocess.Popen([NODE, str(_PROGRAM), str(file)], stdout=log, stderr=log)  # noqa: S603 - our own program
        try:
            self._wait_until_ready(process)
            yield
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)

    def _client(self, claims: dict[str, Any]) -> dict[str, Any]:
        return {"secret": "hush", "alg": self.keys[0]["alg"], "ttl": 300, "claims": claims}

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(f"{self.issuer}/.well-known/openid-configuration", timeout=PATIENCE, verify=PLAIN)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "provider.log").read_text())

    def token(self, client: str, *scopes: str, audience: str = AUDIENCE) -> str:
        """Requests an access token with client credentials (RFC 6749, 4.4)."""
        form = {"grant_type": "client_credentials", "scope": " ".join(scopes or (READ,)), "resource": audience}
        answer = httpx.post(f"{self.issuer}/token", data=form, auth=(client, "hush"), timeout=PATIENCE, verify=PLAIN)
        assert answer.status_code == 200, answer.text
        return keep(str(answer.json()["access_token"]))

    def claims(self, client: str, **changes: Any) -> dict[str, Any]:
        """Returns the claims of such a token with changes; None removes a claim."""
        now = int(time.time())
        said = {"iss": self.issuer, "aud": AUDIENCE, "sub": client, "iat": now, "exp": now + 300, "scope": READ}
        claims = said | self.clients[client] | changes
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, client: str, **changes: Any) -> str:
        """Signs these claims with the provider's key."""
        return sign(self.keys[0], self.claims(client, **changes))

    def settings(self, **changes: str) -> dict[str, str]:
        """Returns the settings of a server that accepts the tokens."""
        return {"IDENTITY_ISSUER": self.issuer, "IDENTITY_AUDIENCE": AUDIENCE, **changes}
