"""Validates JWTs (RFC 7519) of the company's identity provider according to RFC 8725 and RFC 9068.

PyJWT checks signatures and claims.
"""

import logging
from collections.abc import Mapping
from typing import Any

import jwt

from adapters.identity.signing_keys import ProviderKeys
from kit.secret import Secret

# No HMAC: an attacker could sign with the public key as the shared secret (RFC 8725, 2.1).
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_MAX_LENGTH = 8192
_REQUIRED = ["iss", "aud", "exp", "sub"]
# Allowed values of "typ" (RFC 9068, 2.1). Other types serve other purposes, such as "logout+jwt".
_TYPES = {"jwt", "at+jwt", "application/at+jwt"}
# Logged, because they suggest a wrong setting. Bad signatures are not: anyone can send those.
_MISCONFIGURATIONS: dict[type[Exception], str] = {
    jwt.InvalidIssuerError: "it names another issuer",
    jwt.InvalidAudienceError: "it is for another audience",
    jwt.MissingRequiredClaimError: f"it lacks one of {', '.join(_REQUIRED)}",
}

_logger = logging.getLogger(__name__)


class TokenRefusedError(Exception):
    """The token is invalid, expired, or not meant for this server."""


class IdentityProvider:
    """Validates the provider's tokens. `leeway` is the clock difference in seconds that is tolerated."""

    def __init__(
        self, keys: ProviderKeys, *, issuer: str, audience: str, algorithms: tuple[str, ...], leeway: float
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._algorithms = algorithms
        self._leeway = leeway

    async def claims_of(self, token: Secret) -> Mapping[str, Any]:
        """Returns a valid token's claims; raises TokenRefusedError, or ProviderUnavailableError if no key is known."""
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
                options={"require": _REQUIRED, "enforce_minimum_key_length": True},
            )
        except jwt.PyJWTError as error:
            if reason := _MISCONFIGURATIONS.get(type(error)):
                _logger.warning("A token that the identity provider signed was refused: %s.", reason)
            raise TokenRefusedError from None


def _header_of(text: str) -> Mapping[str, Any]:
    """Returns the header, whose signature has not been verified yet."""
    if len(text) > _MAX_LENGTH or not text.isascii():
        raise TokenRefusedError
    try:
        return jwt.get_unverified_header(text)
    except jwt.PyJWTError:
        raise TokenRefusedError from None
