"""The public keys of an identity provider: fetched when they are needed, and kept for a while.

OpenID Connect Discovery 1.0 tells where they are (https://openid.net/specs/openid-connect-discovery-1_0.html),
RFC 7517 what they look like.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt

from kit.loopback import LOOPBACK
from kit.rate_limiter import RateLimiter

# A key that the provider has withdrawn is out of use by then.
_KEPT_SECONDS = 600.0
_TIMEOUT_SECONDS = 3.0
# So that key ids made up by anybody do not hammer the provider.
_FETCHES_PER_MINUTE, _FETCHES_AT_ONCE = 6, 3
# What a server may answer that is no provider's, or is none at all.
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, TypeError, KeyError, RecursionError)

_logger = logging.getLogger(__name__)

# By key id, which a provider with a single key may leave out, and algorithm.
Keys = Mapping[tuple[str | None, str], jwt.PyJWK]


class ProviderUnavailableError(Exception):
    """The provider has not told its keys so far."""


def is_safe_url(url: str) -> bool:
    """Whether nobody on the way can give keys of their own: it is https, or goes to this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


class ProviderKeys:
    """The keys of one issuer, from where its discovery says, or from `jwks_url`."""

    def __init__(
        self,
        issuer: str,
        jwks_url: str | None,
        algorithms: Collection[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Fetches nothing yet."""
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._algorithms = algorithms
        self._tls = httpx.create_ssl_context()  # making one takes long
        self._keys: Keys | None = None
        self._fetched_at = -math.inf
        self._fetches = RateLimiter(_FETCHES_PER_MINUTE, burst=_FETCHES_AT_ONCE, clock=clock)
        self._clock = clock
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key, None if the provider has no such; raises ProviderUnavailableError if it has not told any so far.

        What is unknown, or was fetched long ago, is fetched anew. While the provider is away the keys of before go on.
        """
        fresh = self._clock() - self._fetched_at < _KEPT_SECONDS
        if not fresh or self._keys is None or (key_id, algorithm) not in self._keys:
            await self._fetch()
        if self._keys is None:
            raise ProviderUnavailableError
        return self._keys.get((key_id, algorithm))

    async def _fetch(self) -> None:
        """Fetches the keys, or waits for whoever is fetching them; does nothing if that was tried too often."""
        if self._fetching is None or self._fetching.done():
            if self._fetches.acquire(None):
                return
            self._fetching = asyncio.create_task(self._try_to_fetch())
        await asyncio.shield(self._fetching)  # others wait for it, too

    async def _try_to_fetch(self) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS), self._client() as http:
                url = self._jwks_url or await _discover(http, self._issuer)
                self._keys = _usable((await _get(http, url))["keys"], self._algorithms)
                self._fetched_at = self._clock()
        except _FAILURES as error:
            _logger.warning("The identity provider's keys cannot be fetched (%s).", type(error).__name__)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, verify=self._tls)


async def _discover(http: httpx.AsyncClient, issuer: str) -> str:
    """Where the issuer's keys are; raises ValueError for what another issuer says, or another on the way may say."""
    found = await _get(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    url = found["jwks_uri"]
    if found["issuer"] != issuer or not isinstance(url, str) or not is_safe_url(url):
        raise ValueError(issuer)
    return url


async def _get(http: httpx.AsyncClient, url: str) -> Any:  # noqa: ANN401 - JSON
    return (await http.get(url)).raise_for_status().json()


def _usable(jwks: list[Any], algorithms: Collection[str]) -> Keys:
    """Each key by each algorithm that it says it is for; if it says none, by each that it can serve."""
    keys = {}
    for jwk in jwks:
        if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig" or not isinstance(jwk.get("kid"), str | None):
            continue
        for algorithm in algorithms:
            if jwk.get("alg", algorithm) == algorithm:
                with suppress(jwt.PyJWTError):
                    keys[jwk.get("kid"), algorithm] = jwt.PyJWK(jwk, algorithm)
    return keys
