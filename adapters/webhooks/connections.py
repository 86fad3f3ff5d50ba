"""Connects to the address that was checked: httpcore gets a connection, and never resolves a name.

TLS still verifies the certificate by the host's name, which the URL has.
"""

import asyncio
import ssl
from collections.abc import Collection, Iterable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import httpcore

from adapters.webhooks.addresses import Network, is_allowed
from adapters.webhooks.resolver import Resolve

_MAX_ADDRESSES = 4


class UnresolvedHostError(Exception):
    """The host's name does not resolve."""


class RefusedAddressError(Exception):
    """One of the host's addresses is not on the public internet, nor in a network that the operator allows."""


class CheckedConnections(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks every address, then connects to one of them.

    A host with a single refused address is refused: the order in which a name server returns them must not matter.
    Each of several addresses has an equal share of `seconds`, the time of a request, and so has its response: some
    that do not respond leave time for another.
    """

    def __init__(self, resolve: Resolve, allowed: Collection[Network], seconds: float) -> None:
        self._resolve = resolve
        self._seconds = seconds
        self._allowed = allowed
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,  # noqa: ARG002 - likewise
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - likewise
    ) -> httpcore.AsyncNetworkStream:
        """Connects to the first address that responds; raises UnresolvedHostError or RefusedAddressError."""
        addresses = await self._checked_addresses(host, port)
        share = self._seconds / (len(addresses) + 1)
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return _Stream(await self._backend.connect_tcp(address, port, share))
        return _Stream(await self._backend.connect_tcp(addresses[-1], port, timeout))

    async def _checked_addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolve(host, port)
        except OSError:
            raise UnresolvedHostError from None
        if not addresses:
            raise UnresolvedHostError
        if not all(is_allowed(ip_address(address), self._allowed) for address in addresses):
            raise RefusedAddressError
        return list(addresses[:_MAX_ADDRESSES])

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    """Closes a connection whose handshake is cancelled, which httpcore would leave to the garbage collector."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self.read, self.write, self.aclose = stream.read, stream.write, stream.aclose  # type: ignore[method-assign]

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except asyncio.CancelledError:
            await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        return self._stream.get_extra_info(info)
