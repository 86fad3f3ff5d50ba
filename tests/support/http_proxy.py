"""An HTTP proxy that records all that its clients send, and tunnels connections to ports of this machine."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.listening import listening


@dataclass(slots=True)
class HttpProxy:
    """`routes` are the ports that stand for hosts. `seen` has the bytes of each connection."""

    routes: Mapping[str, int]
    seen: list[bytearray] = field(default_factory=list)
    url: str = ""

    @property
    def asked(self) -> list[bytes]:
        """The first line of each connection."""
        return [bytes(each.partition(b"\r\n")[0]) for each in self.seen]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Tunnels a CONNECT (RFC 9110, 9.3.6) to a known host; ends any other connection."""
        seen = bytearray()
        self.seen.append(seen)
        seen += await reader.readuntil(b"\r\n\r\n")
        asked = re.match(rb"CONNECT ([^ :]+):443 ", seen)
        if asked and (port := self.routes.get(asked[1].decode())):
            upstream, downstream = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await asyncio.gather(_pump(reader, downstream, seen), _pump(upstream, writer, bytearray()))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray) -> None:
    try:
        while data := await reader.read(65_536):
            seen += data
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@asynccontextmanager
async def running_http_proxy(**routes: int) -> AsyncIterator[HttpProxy]:
    """Runs a proxy. A route is named like its host, with underscores instead of dots."""
    proxy = HttpProxy({name.replace("_", "."): port for name, port in routes.items()})
    async with listening(proxy.serve) as port:
        proxy.url = f"http://127.0.0.1:{port}"
        yield proxy
