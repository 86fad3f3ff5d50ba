"""Tokens of the company's identity provider: JWTs (RFC 7519), judged by the rules of RFC 8725 and RFC 9068.

PyJWT checks signatures and claims.
"""

import logging
from collections.abc import Mapping
from typing import Any

import jwt

from adapters.identity.keys import ProviderKeys
from kit.secret import Secret

# Only these: what an algorithm with a shared key takes for its key would be a public one here.
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_MAX_LENGTH = 8192
_NEEDED = ["iss", "aud", "exp", "sub"]
# How a JWT may call itself (RFC 9068, 2.1); others are for other ends, such as "logout+jwt".
_TYPES = {"jwt", "at+jwt", "application/at+jwt"}
# What the operator should be told of. Anybody may send what the provider has not signed.
_MISFITS: dict[type[Exception], str] = {
    jwt.InvalidIssuerError: "it names another issuer",
    jwt.InvalidAudienceError: "it is for another audience",
    jwt.MissingRequiredClaimError: f"it lacks one of {', '.join(_NEEDED)}",
}

_logger = logging.getLogger(__name__)


class TokenRefusedError(Exception):
    """A token that says nothing of who is asking."""


class IdentityProvider:
    """Tells what a token says, if the provider has said it for this server and for now."""

    def __init__(
        self, keys: ProviderKeys, *, issuer: str, audience: str, algorithms: tuple[str, ...], leeway: float
    ) -> None:
        """`leeway` is the difference in seconds that is allowed between clocks."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._algorithms = algorithms
        self._leeway = leeway

    async def claims_of(self, token: Secret) -> Mapping[str, Any]:
        """What the token says; raises TokenRefusedError, or ProviderAwayError where no key is known so far."""
        text = token.reveal()
        header = _header_of(text)
        if header.get("alg") not in self._algorithms or str(header.get("typ", "JWT")).lower() not in _TYPES:
            raise TokenRefusedError
        key = await self._keys.find(header.get("kid"), header["alg"])
        if key is None:
            raise TokenRefusedError
        return self._decoded(text, key)

    def _decoded(self, text: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        try:
            return jwt.decode(
                text,
                key,
                algorithms=self._algorithms,
                audience=self._audience,
                issuer=self._issuer,
                leeway=self._leeway,
                options={"require": _NEEDED, "enforce_minimum_key_length": True},
            )
        except jwt.PyJWTError as error:
            if reason := _MISFITS.get(type(error)):
                _logger.warning("A token that the identity provider signed was refused: %s.", reason)
            raise TokenRefusedError from None


def _header_of(text: str) -> Mapping[str, Any]:
    """What the token says of itself, which nobody has signed yet."""
    if len(text) > _MAX_LENGTH or not text.isascii():
        raise TokenRefusedError
    try:
        return jwt.get_unverified_header(text)
    except jwt.PyJWTError:
        raise TokenRefusedError from None
