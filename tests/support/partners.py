"""Runs the example programs as separate processes with a running server."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from models import Scope
from tests.support.actions import add_endpoint
from tests.support.node import NODE
from tests.support.organizations import Tenant
from tests.support.ports import own_port
from tests.support.secrecy import assert_no_leak
from tests.support.servers import ROOT
from tests.support.waiting import PATIENCE

_PYTHON = (sys.executable, "-W", "error", str(ROOT / "examples" / "python" / "partner.py"))
# Not the wrapper script of this name, whose child would survive when the wrapper is killed.
_JAVASCRIPT = (str(NODE), str(ROOT / "examples" / "javascript" / "partner.js"))
PROGRAMS = {
    "python-websocket": (*_PYTHON, "websocket"),
    "javascript-websocket": (*_JAVASCRIPT, "websocket"),
    "python-sse": (*_PYTHON, "sse"),
    "javascript-sse": (*_JAVASCRIPT, "sse"),
    "python-webhook": (*_PYTHON, "webhook"),
    "javascript-webhook": (*_JAVASCRIPT, "webhook"),
}
_KINDS = ("INTEGRATION_UPDATED", "INTEGRATION_STATUS_CHANGED", "INTEGRATION_DELETED", "CREDENTIAL_SECRET_REPLACED")


@dataclass(frozen=True, slots=True)
class Partner:
    """A running example program."""

    process: asyncio.subprocess.Process
    output: Path

    def printed(self) -> str:
        """Returns its output."""
        return self.output.read_text()

    def called(self) -> int:
        """Returns the number of successful calls to Stripe."""
        return self.printed().count("Called Stripe for acct_1SandboxDrawbridge")

    def told(self) -> list[str]:
        """Returns the cursors of the events that it reports."""
        return [line.split()[-1] for line in self.printed().splitlines() if line.startswith("Received")]

    async def says(self, text: str, times: int = 1) -> None:
        """Waits until it has printed this."""
        await self._until(lambda: self.printed().count(text) >= times, text)

    async def works(self) -> None:
        """Waits until it has called Stripe twice more: the first call may have begun before."""
        enough = self.called() + 2
        await self._until(lambda: self.called() >= enough, "two calls more")

    async def ends(self) -> int:
        """Waits until it has ended, and returns its exit code."""
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def _until(self, holds: Callable[[], bool], wanted: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"{wanted} is missing in:\n{self.printed()[-3000:]}"
            assert self.process.returncode is None, self.printed()[-3000:]
            await asyncio.sleep(0.02)


@asynccontextmanager
async def partner(program: str, tenant: Tenant, folder: Path, token: str) -> AsyncIterator[Partner]:
    """Runs a program with a partner's token for the integration "Billing", until the context exits.

    Its cursor is stored in the folder, so the next run resumes there. Fails if it printed a secret.
    """
    output = folder / "printed.txt"
    address = tenant.server.address
    env = os.environ | {
        "URL": f"{address}/graphql",
        "TOKEN": token,
        "INTEGRATION": "Billing",
        "STRIPE": f"{address}/sandbox",
        "CURSOR_FILE": str(folder / "cursor"),
        "EVERY_SECONDS": "0.05",
    }
    if program.endswith("webhook"):
        env |= await _endpoint(tenant, folder)
    with output.open("ab") as file:
        process = await asyncio.create_subprocess_exec(*PROGRAMS[program], env=env, stdout=file, stderr=file)
    try:
        yield Partner(process, output)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        assert_no_leak(output.read_text())


async def _endpoint(tenant: Tenant, folder: Path) -> dict[str, str]:
    """The receiver's variables. Its endpoint is created by the first program in the folder."""
    file = folder / "endpoint.json"
    if not file.exists():
        port = str(own_port())
        url = f"http://localhost:{port}/"
        endpoint = await add_endpoint(tenant.client, url=url, kinds=_KINDS)
        file.write_text(json.dumps({"PORT": port, "WEBHOOK_SECRET": endpoint["secret"]}))
    return dict(json.loads(file.read_text()))


async def partner_token(tenant: Tenant) -> str:
    """Issues a token for a partner's service."""
    return str((await tenant.client_with(Scope.READ, Scope.REVEAL_SECRETS)).token)
