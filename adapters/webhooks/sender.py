"""Sends a webhook and judges the response.

The time-out covers everything, from resolving the name to the end of the response. Only a complete response of at
most 64 KiB counts, whatever its status: a receiver that streams has not finished its work. Redirects are not
followed, as Standard Webhooks recommends. Compression is not requested, so a small response cannot unpack to a large
one. Proxies of the environment are not used: a proxy would resolve the name itself, and reach addresses that were
never checked.
"""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpcore

from adapters.http.client import tls_context
from adapters.webhooks.addresses import LOOPBACK_NETWORKS, Network
from adapters.webhooks.connections import CheckedConnections
from adapters.webhooks.problems import BUSY, FAILURES, TooLongError, problem_of, status_problem
from adapters.webhooks.resolver import LOOKUPS_FOR, Resolve, ResolverBusyError, ThreadedResolver
from adapters.webhooks.urls import url_problem

_MAX_RESPONSE_BYTES = 64 * 1024
_LONGEST_WAIT = timedelta(hours=1)
# Many servers close idle connections after five seconds. A request that meets the close would fail.
_IDLE_SECONDS = 2.0
_IDLE_CONNECTIONS = 100
_DEFAULT_PORTS = {b"http": 80, b"https": 443}


@dataclass(frozen=True, slots=True)
class SentWebhook:
    """The result of an attempt. `problem` is a sentence, None after a success.

    `retry_after` is the receiver's wish, or this server's, which was too busy to call it. Attempts with it do not
    count. `gone`: the receiver wants no more webhooks.
    """

    status: int | None
    problem: str | None
    duration: timedelta
    retry_after: timedelta | None = None
    gone: bool = False


class WebhookSender:
    """Calls receivers. `timeout` is in seconds; `allowed` are the operator's networks.

    In development, this machine is allowed, too.
    """

    def __init__(
        self, timeout: float, allowed: Collection[Network], *, production: bool, resolve: Resolve | None = None
    ) -> None:
        self.timeout = timeout
        self._production = production
        self._allowed = (*allowed, *(() if production else LOOPBACK_NETWORKS))
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls_context(),
            max_connections=None,  # the daemon bounds them
            max_keepalive_connections=_IDLE_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=CheckedConnections(resolve or ThreadedResolver(timeout / 2), self._allowed, timeout),
        )

    def url_problem(self, url: str) -> str | None:
        """A sentence if no endpoint may have this URL, else None."""
        return url_problem(url, self._allowed, production=self._production)

    async def send(self, url: str, headers: dict[str, str], body: bytes, organization: str) -> SentWebhook:
        """Makes one attempt. Never raises because of the receiver. Lookups count for the organization."""
        began = time.monotonic()
        if problem := self.url_problem(url):  # the server's mode or networks may have changed since
            return SentWebhook(None, problem, timedelta())
        requested = _requested(url)
        sent = [*headers.items(), ("Host", _host_header(requested)), ("User-Agent", "Drawbridge")]
        LOOKUPS_FOR.set(organization)
        response: httpcore.Response | None = None
        problem = None
        try:
            async with (
                asyncio.timeout(self.timeout),
                self._pool.stream("POST", requested, headers=sent, content=body) as response,
            ):
                await _read(response)
        except ResolverBusyError:
            return SentWebhook(None, BUSY, timedelta(seconds=time.monotonic() - began), retry_after=timedelta())
        except FAILURES as error:
            problem = problem_of(error, self.timeout, responded=response is not None)
        return _judged(response, problem, timedelta(seconds=time.monotonic() - began))

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.aclose()


def _requested(url: str) -> httpcore.URL:
    """The URL's parts, which httpcore would split differently: it drops the parameters of a path."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target)


def _host_header(url: httpcore.URL) -> str:
    """The host and a port that is not the default (RFC 9110, 7.2). httpcore leaves out the brackets of IPv6."""
    host = url.host.decode()
    host = f"[{host}]" if ":" in host else host
    return host if url.port in (None, _DEFAULT_PORTS[url.scheme]) else f"{host}:{url.port}"


async def _read(response: httpcore.Response) -> None:
    """Reads the response to its end; raises TooLongError as soon as it is too long."""
    length = 0
    async for chunk in response.aiter_stream():
        length += len(chunk)
        if length > _MAX_RESPONSE_BYTES:
            raise TooLongError


def _judged(response: httpcore.Response | None, problem: str | None, duration: timedelta) -> SentWebhook:
    if response is None or problem:
        return SentWebhook(response.status if response else None, problem, duration)
    status = response.status
    return SentWebhook(
        status, status_problem(status), duration, _retry_after(response, datetime.now(UTC)), gone=status == 410
    )


def _retry_after(response: httpcore.Response, now: datetime) -> timedelta | None:
    """The time that the receiver asks for (RFC 9110, 10.2.3), at most an hour; of 429 and 503 alone."""
    if response.status not in (429, 503):
        return None
    for name, value in response.headers:
        if name.lower() == b"retry-after":
            return _parsed(value.decode("latin-1").strip(), now)
    return None


def _parsed(text: str, now: datetime) -> timedelta | None:
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a number of any length is one of either
        return None
    until = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(timedelta(), min(until - now, _LONGEST_WAIT))
