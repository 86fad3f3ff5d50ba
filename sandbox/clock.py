"""The sandbox's clock, which a test moves forward, so that it need not wait an hour for the end of a token.

Codes, tokens and installations of apps end by it. Events are dated by the machine's clock, as receivers compare them.
"""

import re
import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.forms import read_form
from sandbox.pages import message

_SECONDS = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(slots=True)
class Clock:
    """The machine's clock, and the seconds that it was moved forward."""

    ahead: int = 0

    def now(self) -> float:
        return time.time() + self.ahead

    def routes(self) -> list[Route]:
        return [Route("/clock", self.read), Route("/clock", self.move, methods=["POST"])]

    async def read(self, _: Request) -> Response:
        return JSONResponse({"now": int(self.now()), "ahead": self.ahead})

    async def move(self, request: Request) -> Response:
        """Moves the clock forward. Going back would revive codes and tokens."""
        seconds = (await read_form(request)).get("seconds", "")
        if not _SECONDS.fullmatch(seconds):
            return message("The number of seconds by which the clock moves forward is required.", 400)
        self.ahead += int(seconds)
        return RedirectResponse("apps", 303)
