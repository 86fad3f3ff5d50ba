"""The sandbox's Stripe App: its pages, its token endpoint, and the clock by which its tokens end.

`apps` has the servers that are set up as this app.
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from sandbox.oauth import shortened
from tests.support.plain import plain_client
from tests.support.secrecy import keep
from tests.support.stripe_api import StripeAPI

ACCOUNT = "acct_1SandboxDrawbridge"
OTHER_ACCOUNT = "acct_1SandboxOther"
CLIENT_ID = "ca_SandboxAppTest"
SECRET_KEY = "sk_test_SandboxApp"
_PATHS = {"ca_SandboxAppLive": "/oauth/v2/authorize", CLIENT_ID: "/oauth/v2/chnlink_SandboxTest/authorize"}


@dataclass(frozen=True, slots=True)
class StripeApp:
    """The app in one mode, of the sandbox at a base URL."""

    base: str
    client_id: str = CLIENT_ID
    secret_key: str = SECRET_KEY

    async def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Sends a request to the sandbox."""
        async with plain_client(base_url=self.base) as http:
            return await http.request(method, path, **request)

    async def authorize(self, method: str = "GET", **query: str) -> httpx.Response:
        """Opens the authorize link with these parameters, or presses a button of its page."""
        fields = {"client_id": self.client_id, **query}
        path = query.pop("path", _PATHS.get(fields["client_id"], _PATHS[CLIENT_ID]))
        fields.pop("path", None)
        return await self.send(method, path, **{"params" if method == "GET" else "data": fields})

    async def approve(self, **query: str) -> dict[str, str]:
        """Presses Install; returns the parameters with which the browser returns."""
        page = await self.authorize("POST", decision="approve", **query)
        assert page.status_code == 200, page.text
        (link,) = re.findall(r'<a href="(.*?)">← Return to Drawbridge</a>', page.text)
        answer = dict(parse_qsl(urlsplit(unescape(link)).query))
        keep(answer["code"])
        return answer

    async def token(self, *, key: str = "", **form: str) -> httpx.Response:
        """Calls the token endpoint, with HTTP Basic as Stripe documents it."""
        return await self.send("POST", "/v1/oauth/token", data=form, auth=(key or self.secret_key, ""))

    async def exchange(self, code: str, **how: str) -> httpx.Response:
        """Exchanges a code."""
        return await self.token(grant_type="authorization_code", code=code, **how)

    async def refresh(self, refresh_token: str, **how: str) -> httpx.Response:
        """Refreshes."""
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token, **how)

    async def tokens(self, **query: str) -> dict[str, Any]:
        """Installs the app, and exchanges the code; returns the answer."""
        return answer_of(await self.exchange((await self.approve(**query))["code"]))

    async def move_clock(self, seconds: int) -> None:
        """Moves the sandbox's clock forward."""
        assert (await self.send("POST", "/clock", data={"seconds": str(seconds)})).status_code == 303

    async def choose_refresh(self, outcome: str, *, code: str = "", token: str = "") -> None:
        """Chooses the outcome of the next refreshes of the grant with this code, or access or refresh token."""
        form = {"refresh": outcome, "grant": shortened(code), "token": token}
        assert (await self.send("POST", "/apps/refreshes", data=form)).status_code == 303

    async def counted(self, code: str) -> tuple[int, int]:
        """The numbers of exchanges and refreshes of a grant."""
        page, name = (await self.send("GET", "/apps")).text, re.escape(shortened(code))
        found = re.search(rf"<code>{name}</code></td><td>.*?</td><td>(\d+)</td><td>(\d+)</td>", page)
        assert found, page
        return int(found[1]), int(found[2])

    async def refused_calls(self) -> int:
        """How many calls the token endpoint has refused."""
        found = re.search(r"Refused calls to the token endpoint: (\d+)", (await self.send("GET", "/apps")).text)
        assert found
        return int(found[1])

    async def uninstall(self, account: str) -> httpx.Response:
        """Uninstalls as the account's user does in the Stripe Dashboard."""
        form = {"client_id": self.client_id, "account": account}
        return await self.send("POST", "/apps/uninstall", data=form)

    async def works(self, token: str) -> bool:
        """Whether an access token works. One that does not has expired."""
        response = await StripeAPI(self.base, token).call("GET", "/v1/account")
        if response.status_code == 200:
            return True
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (401, "api_key_expired")
        assert error["message"].startswith("Expired API Key provided: rk_")
        return False


def is_refused(response: httpx.Response, words: str) -> bool:
    """Whether a code or a refresh token is refused, in these words."""
    assert response.json()["error_description"].startswith(words), response.text
    return (response.status_code, response.json()["error"]) == (400, "invalid_grant")


def answer_of(response: httpx.Response) -> dict[str, Any]:
    """Returns the tokens of a successful answer."""
    assert response.status_code == 200, response.text
    answer = dict(response.json())
    for name in ("access_token", "refresh_token"):
        keep(answer[name])
    return answer
