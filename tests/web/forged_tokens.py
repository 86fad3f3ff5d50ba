"""JWTs that must be refused: forged, expired, or meant for somebody else."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from tests.support.identity import Provider, new_key, public, sign

Make = Callable[[Provider], str]


def _unsigned(provider: Provider) -> str:
    parts = [{"alg": "none", "typ": "JWT", "kid": provider.keys[0]["kid"]}, provider.claims("partner")]
    return ".".join([*map(_encoded, parts), ""])


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _by_the_public_key(provider: Provider) -> str:
    """HS256 with the public key as the secret: https://www.rfc-editor.org/rfc/rfc8725#section-2.1."""
    key = provider.keys[1]
    said = f"{_encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': key['kid']})}.{_encoded(provider.claims('partner'))}"
    secret = json.dumps(public(key), separators=(",", ":")).encode()
    signature = base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), hashlib.sha256)).decode().rstrip("=")
    return f"{said}.{signature}"


def _with_other_claims(provider: Provider) -> str:
    header, _, signature = provider.token("stray").split(".")
    return f"{header}.{_encoded(provider.claims('partner'))}.{signature}"


def in_seconds(seconds: float) -> int:
    """A numeric date (RFC 7519) from now."""
    return int(time.time() + seconds)


def _with_header(**header: Any) -> Make:
    return lambda provider: sign(provider.keys[0], provider.claims("partner"), **header)


REFUSED: dict[str, Make] = {
    "another issuer": lambda provider: provider.sign("partner", iss=f"{provider.issuer}/"),
    "another audience": lambda provider: provider.token("partner", audience="https://other.example/"),
    "no audience": lambda provider: provider.sign("partner", aud=None),
    "expired": lambda provider: provider.sign("partner", exp=in_seconds(-61)),
    "no expiry": lambda provider: provider.sign("partner", exp=None),
    "not valid yet": lambda provider: provider.sign("partner", nbf=in_seconds(600)),
    "issued in the future": lambda provider: provider.sign("partner", iat=in_seconds(600)),
    "no subject": lambda provider: provider.sign("partner", sub=None),
    "an empty subject": lambda provider: provider.sign("partner", sub=""),
    "a subject with NUL": lambda provider: provider.sign("partner", sub="a\0b"),
    "a long subject": lambda provider: provider.sign("partner", sub="a" * 256),
    "no organization": lambda provider: provider.token("stray"),
    "an unknown organization": lambda provider: provider.token("foreign"),
    "an organization with NUL": lambda provider: provider.sign("partner", organization="Acme\0"),
    "an empty list of organizations": lambda provider: provider.sign("partner", organization=[]),
    "two organizations": lambda provider: provider.sign("partner", organization=["Acme", "Acme"]),
    "no scope": lambda provider: provider.sign("partner", scope=None),
    "an unknown scope": lambda provider: provider.token("partner", "other"),
    "scopes of another kind": lambda provider: provider.sign("partner", scope={"drawbridge.read": 1}),
    "unsigned": _unsigned,
    "signed by the public key": _by_the_public_key,
    "signed by nobody": lambda provider: provider.token("partner").rpartition(".")[0] + ".",
    "signed for other claims": _with_other_claims,
    "another key": lambda provider: sign(new_key("ES256"), provider.claims("partner")),
    "another key under a known id": lambda provider: sign(
        new_key("ES256") | {"kid": provider.keys[0]["kid"]}, provider.claims("partner")
    ),
    "the id of a key of another algorithm": lambda provider: sign(
        provider.keys[0], provider.claims("partner"), kid=provider.keys[1]["kid"]
    ),
    "a key id that is a path": _with_header(kid="../../../../dev/null"),
    "an extension that is critical": _with_header(crit=["exp"], exp=1),
    "a logout token": _with_header(typ="logout+jwt"),
    "too long": lambda provider: provider.sign("partner", more="x" * 8192),
    "three words": lambda _: "a.b.c",
    "deep": lambda _: ".".join([base64.urlsafe_b64encode(b"[" * 3000).decode(), "e30", "e30"]),
    "an encrypted token's form": lambda _: ".".join(["e30"] * 5),
}
