"""A gateway whose failures and log lines are observed, and servers that answer in Stripe's place."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.stripe.calls import Observer, StripeFailure
from adapters.stripe.causes import Cause
from adapters.stripe.connect import Platform, StripeConnect
from adapters.stripe.gateway import StripeGateway
from kit.secret import Secret
from tests.support.listening import listening
from tests.support.secrecy import keep, leaks, secret_key

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
GET_ACCOUNT = "GET /v1/account"


class Observed:
    """A gateway's failures and log lines."""

    def __init__(self, base: str, caplog: pytest.LogCaptureFixture, seconds: float = 10) -> None:
        caplog.set_level(logging.DEBUG)
        self._caplog = caplog
        self.failures: list[StripeFailure] = []
        self.gateway = StripeGateway(base=base, timeout=seconds, observer=Observer(failed=self.failures.append))

    async def ask(self, key: str | None = None) -> Exception | object:
        """The outcome of asking for a key's account."""
        return await self.outcome(self.gateway.account_of(Secret(key or secret_key())))

    async def exchange(self) -> Exception | object:
        """The outcome of exchanging a code."""
        platform = Platform(Secret(secret_key()), "ca_1", Secret("whsec_1"))
        connect = StripeConnect(self.gateway, {False: platform}, "http://127.0.0.1/stripe/callback")
        code = Secret(keep("ac_CodeThatMustNotBeLogged"))
        return await self.outcome(connect.exchange(livemode=False, code=code))

    async def outcome(self, call: Awaitable[object]) -> Exception | object:
        """The outcome of a call, after which the gateway is closed."""
        (outcome,) = await asyncio.gather(call, return_exceptions=True)
        await self.gateway.close()
        return outcome

    def assert_reported(self, cause: Cause, call: str = GET_ACCOUNT) -> None:
        """One failure was counted, and one line says why, without a secret."""
        assert self.failures == [StripeFailure(call, cause)]
        (line,) = [record for record in self._caplog.records if record.name == "adapters.stripe.gateway"]
        assert (line.levelno, line.getMessage()) == (cause.level, f"{cause.text}.")
        fields = vars(line)["fields"]
        assert (fields["cause"], fields["call"]) == (cause.label, call)
        assert not leaks(repr([vars(record) for record in self._caplog.records]))


def http_response(status: str, body: str, *headers: str) -> bytes:
    """Returns a response that the SDK does not retry, which would take it pauses."""
    own = [f"Content-Length: {len(body.encode())}", "Connection: close", "Stripe-Should-Retry: false"]
    return ("\r\n".join([f"HTTP/1.1 {status}", *own, *headers]) + f"\r\n\r\n{body}").encode()


@asynccontextmanager
async def answering(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Runs a server that sends the same response to every request and closes; yields its address."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = _LENGTH.search(await reader.readuntil(b"\r\n\r\n"))
        await reader.readexactly(int(length[1]) if length else 0)
        writer.write(answer)
        await writer.drain()

    async with listening(talk, tls=tls) as port:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{port}"


def self_signed(folder: Path) -> ssl.SSLContext:
    """Returns the context of a server whose certificate nobody trusts."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stripe")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "certificate.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
