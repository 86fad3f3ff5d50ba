"""The public keys of an identity provider, fetched on demand and cached for ten minutes.

OpenID Connect Discovery 1.0 (https://openid.net/specs/openid-connect-discovery-1_0.html) locates them; RFC 7517
(https://www.rfc-editor.org/rfc/rfc7517) defines their format.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

import httpx
import jwt

from adapters.http.client import new_client, tls_context
from kit.loopback import is_safe_url
from kit.rate_limiter import RateLimiter
from kit.shared_tasks import start_shared

# The longest time for which a key that the provider has withdrawn is still accepted.
_CACHE_SECONDS = 600.0
_TIMEOUT_SECONDS = 3.0
# An attacker can invent key ids; each unknown one would otherwise cause a request to the provider.
_FETCHES_PER_MINUTE, _FETCHES_AT_ONCE = 6, 3
# A missing, broken or unrelated server at the provider's address causes these.
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, TypeError, KeyError, RecursionError)

_logger = logging.getLogger(__name__)

# Indexed by key id and algorithm. A provider with a single key may omit its id.
Keys = Mapping[tuple[str | None, str], jwt.PyJWK]


class ProviderUnavailableError(Exception):
    """The provider's keys have never been fetched successfully."""


class ProviderKeys:
    """The keys of one issuer, located by discovery or by `jwks_url`. They are first fetched when one is needed."""

    def __init__(
        self,
        issuer: str,
        jwks_url: str | None,
        algorithms: Collection[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._algorithms = algorithms
        self._tls = tls_context()
        self._keys: Keys | None = None
        self._fetched_at = -math.inf
        self._fetches = RateLimiter(_FETCHES_PER_MINUTE, burst=_FETCHES_AT_ONCE, clock=clock)
        self._clock = clock
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """Returns the key, or None if the provider does not have it.

        An unknown key or an expired cache causes a fetch. While the provider is unavailable, cached keys stay valid;
        without any, this raises ProviderUnavailableError.
        """
        fresh = self._clock() - self._fetched_at < _CACHE_SECONDS
        if not fresh or self._keys is None or (key_id, algorithm) not in self._keys:
            await self._fetch()
        if self._keys is None:
            raise ProviderUnavailableError
        return self._keys.get((key_id, algorithm))

    async def _fetch(self) -> None:
        """Fetches the keys, or joins a fetch in progress. Does nothing when the rate limit is reached."""
        if self._fetching is None or self._fetching.done():
            if self._fetches.acquire(None):
                return
            self._fetching = start_shared(self._try_to_fetch())
        await asyncio.shield(self._fetching)  # other callers wait for the same fetch

    async def _try_to_fetch(self) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS), self._client() as http:
                url = self._jwks_url or await _discover(http, self._issuer)
                self._keys = _usable((await _get(http, url))["keys"], self._algorithms)
                self._fetched_at = self._clock()
        except _FAILURES as error:
            _logger.warning("Could not fetch the identity provider's keys (%s).", type(error).__name__)

    def _client(self) -> httpx.AsyncClient:
        return new_client(_TIMEOUT_SECONDS, self._tls)


async def _discover(http: httpx.AsyncClient, issuer: str) -> str:
    """Returns the URL of the issuer's keys; raises ValueError if the issuer differs or the URL is unsafe."""
    found = await _get(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    url = found["jwks_uri"]
    if found["issuer"] != issuer or not isinstance(url, str) or not is_safe_url(url):
        raise ValueError(issuer)
    return url


async def _get(http: httpx.AsyncClient, url: str) -> Any:  # noqa: ANN401 - JSON
    return (await http.get(url)).raise_for_status().json()


def _usable(jwks: list[Any], algorithms: Collection[str]) -> Keys:
    """Indexes each signing key by its declared algorithm, or else by each allowed one that fits it."""
    keys = {}
    for jwk in jwks:
        if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig" or not isinstance(jwk.get("kid"), str | None):
            continue
        for algorithm in algorithms:
            if jwk.get("alg", algorithm) == algorithm:
                with suppress(jwt.PyJWTError):
                    keys[jwk.get("kid"), algorithm] = jwt.PyJWK(jwk, algorithm)
    return keys
