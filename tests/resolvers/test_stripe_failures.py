"""The outcome of each failure at Stripe: what a client is told, what changes, what is logged and counted."""

import pytest

from models import CredentialProblem
from tests.support.actions import add_credential, history
from tests.support.client import Client
from tests.support.documents import CREATE_CREDENTIAL, CREDENTIAL, VERIFY_CREDENTIAL
from tests.support.metrics import read_figures
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_at_stripe
from tests.support.waiting import until

pytestmark = pytest.mark.slow

# By the sandbox's behaviour: the cause, and a part of the message.
_UNAVAILABLE = {
    "forbidden": ("forbidden", "without saying that the key is wrong"),
    "badrequest": ("request_refused", "did not accept this server's request"),
    "failedrequest": ("request_failed", "did not accept this server's request"),
    "notfound": ("not_found", "did not accept this server's request"),
    "webpage": ("malformed_response", "Something else than Stripe responded"),
    "ratelimited": ("rate_limited", "Try again."),
    "retryafter": ("rate_limited", "Try again in 7 s"),
    "locked": ("rate_limited", "Try again."),
    "unavailable": ("stripe_failed", "Stripe failed to respond properly"),
    "slow": ("timed_out", "did not respond in time"),
}
_ADDRESS = {
    "ipblocked": ("ip_not_allowed", "from this server's IP address"),
    "unauthorizedip": ("ip_not_allowed", "from this server's IP address"),
}
_DEAD = {
    "rejected": ("key_rejected", CredentialProblem.KEY_REJECTED),
    "expired": ("key_expired", CredentialProblem.KEY_EXPIRED),
    "revoked": ("access_revoked", CredentialProblem.PERMISSION_LOST),
}
_REFUSED = {
    "rejected": ("key_rejected", "REJECTED"),
    "expired": ("key_expired", "EXPIRED"),
    "revoked": ("access_revoked", "REJECTED"),
    "ipblocked": ("ip_not_allowed", "IP_NOT_ALLOWED"),
    "unauthorizedip": ("ip_not_allowed", "IP_NOT_ALLOWED"),
}
_WORKING = ["restricted", "permissiondenied", "morepermissions"]


class Trace:
    """What a server logs and counts of a cause, from now on."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._begin = server.log.stat().st_size

    async def assert_told(self, cause: str, before: float, call: str = "GET /v1/account") -> None:
        """A line and a figure name the cause."""
        await until(lambda: f" cause={cause} call={call} " in self._text())
        assert await self.figure(cause, call) > before

    async def figure(self, cause: str, call: str = "GET /v1/account") -> float:
        return (await read_figures(self._server)).of("stripe_failures_total", call=call, cause=cause)

    def _text(self) -> str:
        return self._server.log.read_bytes()[self._begin :].decode()


async def _changed(server: RunningServer, client: Client, behaviour: str) -> str:
    """Stores a key, and changes it at Stripe; returns its credential's id."""
    key = secret_key()
    credential = await add_credential(client, key=key)
    await change_at_stripe(server, key, behaviour)
    return str(credential["id"])


@pytest.mark.parametrize("behaviour", _UNAVAILABLE | _ADDRESS)
async def test_what_says_nothing_of_a_key_leaves_its_credential_connected(
    client: Client, server: RunningServer, behaviour: str
) -> None:
    cause, words = (_UNAVAILABLE | _ADDRESS)[behaviour]
    id_ = await _changed(server, client, behaviour)
    trace, told = Trace(server), await history(client)
    before = await trace.figure(cause)
    result = await client.result(VERIFY_CREDENTIAL, input={"id": id_})
    assert result["__typename"] == "StripeUnavailableError"
    assert words in result["message"]
    assert (await client.execute(CREDENTIAL, id=id_))["credential"]["status"] == "CONNECTED"
    assert await history(client) == told
    await trace.assert_told(cause, before)


@pytest.mark.parametrize("behaviour", _DEAD)
async def test_a_dead_key_is_told_by_its_cause(client: Client, server: RunningServer, behaviour: str) -> None:
    cause, problem = _DEAD[behaviour]
    id_ = await _changed(server, client, behaviour)
    trace = Trace(server)
    before = await trace.figure(cause)
    verified = (await client.result(VERIFY_CREDENTIAL, input={"id": id_}))["credential"]
    assert (verified["status"], verified["problem"]) == ("DISCONNECTED", problem)
    await trace.assert_told(cause, before)


@pytest.mark.parametrize("behaviour", _WORKING)
async def test_a_missing_permission_is_no_problem_whatever_the_key_is_called(
    client: Client, server: RunningServer, behaviour: str
) -> None:
    id_ = await _changed(server, client, behaviour)
    assert (await client.result(VERIFY_CREDENTIAL, input={"id": id_}))["message"] == "Credential “Keys” works."
    await add_credential(client, "New", secret_key("sk_test_", behaviour))


@pytest.mark.parametrize("behaviour", _UNAVAILABLE)
@pytest.mark.parametrize("kind", ["sk_test_", "rk_test_"])
async def test_a_key_that_nobody_has_accepted_is_not_stored(client: Client, behaviour: str, kind: str) -> None:
    given = {"name": "Keys", "secretKey": secret_key(kind, behaviour)}
    result = await client.result(CREATE_CREDENTIAL, input=given)
    assert result["__typename"] == "StripeUnavailableError"
    assert _UNAVAILABLE[behaviour][1] in result["message"]


@pytest.mark.parametrize("behaviour", _REFUSED)
async def test_a_refused_key_is_told_by_its_cause(client: Client, server: RunningServer, behaviour: str) -> None:
    cause, reason = _REFUSED[behaviour]
    trace = Trace(server)
    before = await trace.figure(cause)
    given = {"name": "Keys", "secretKey": secret_key(behaviour=behaviour)}
    assert (await client.result(CREATE_CREDENTIAL, input=given))["reason"] == reason
    await trace.assert_told(cause, before)
