"""Production: a missing setting stops the start with a one-sentence error; nothing is generated in its place."""

import asyncio
import base64
import subprocess
from pathlib import Path

import httpx
import pytest

from adapters.vault import new_key
from tests.support.actions import add_endpoint
from tests.support.documents import CREATE_ENDPOINT, CREATE_INTEGRATION
from tests.support.listening import listening
from tests.support.organizations import new_tenant
from tests.support.plain import PLAIN
from tests.support.secrecy import keep, secret_key
from tests.support.servers import AS_OPERATOR, environment, run_program, running_server
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_KEY = keep(new_key().reveal())
_PRODUCTION = {"ENV": "production", "ENCRYPTION_KEYS": _KEY}
_COMMAND = "Make one with: "
_ISSUE = ("token", "issue", "--organization", "Acme", "--name", "Partner", "--scope", "READ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Path:  # noqa: ARG001 - one per database
    """A data folder that the operator has migrated."""
    folder = tmp_path_factory.mktemp("production")
    done = run_program("cli.py", "migrate", env=environment(folder, **_PRODUCTION))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def without_key(folder: Path) -> str:
    """The error of a start without a key."""
    return _refusal("server.py", data_dir=folder, keys="")


def _refusal(program: str, *arguments: str, data_dir: Path, keys: str) -> str:
    env = environment(data_dir, ENV="production", ENCRYPTION_KEYS=keys)
    done = run_program(program, *arguments, env=env)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_start_without_a_key_says_how_to_make_one(without_key: str) -> None:
    assert "is required in production." in without_key
    assert _COMMAND in without_key


def test_the_sentence_names_the_variable_that_the_key_goes_into(without_key: str) -> None:
    assert "DRAWBRIDGE_ENCRYPTION_KEYS" in without_key


@pytest.mark.parametrize(
    "keys",
    [
        f"k1:{base64.b64encode(bytes(32)).decode()}",
        "k1:correct horse battery staple",
        "correcthorsebatterystaple",
        f"{_KEY},k2:c2hvcnQ=",
    ],
    ids=["zeros", "no base64", "no id", "a weak second one"],
)
def test_a_weak_key_stops_the_start_and_is_not_shown(tmp_path: Path, keys: str) -> None:
    sentence = _refusal("server.py", data_dir=tmp_path, keys=keys)
    assert _COMMAND in sentence
    assert not [part for part in keys.split(",") if part and part.rpartition(":")[2] in sentence]


def test_the_command_in_the_sentence_makes_a_key_that_works(tmp_path: Path, without_key: str) -> None:
    command = without_key.partition(_COMMAND)[2].strip()
    made = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)  # noqa: S603 - the command in the error
    key = keep(made.stdout.strip())
    env = environment(tmp_path, ENV="production", ENCRYPTION_KEYS=key)
    assert run_program("cli.py", "migrate", env=env).returncode == 0
    done = run_program("cli.py", *_ISSUE, env=env)
    assert done.returncode == 0, done.stderr
    assert keep(done.stdout.strip())


@pytest.mark.parametrize(("program", "arguments"), [("server.py", ()), ("cli.py", _ISSUE)])
def test_migrations_that_are_due_stop_the_start(tmp_path: Path, program: str, arguments: tuple[str, ...]) -> None:
    sentence = _refusal(program, *arguments, data_dir=tmp_path, keys=_KEY)
    assert "0001_initial" in sentence
    assert "cli.py migrate" in sentence


def test_there_is_no_sandbox_and_nothing_is_made_by_itself(folder: Path) -> None:
    with running_server(folder, AS_OPERATOR, **_PRODUCTION) as server:
        assert httpx.get(f"{server.address}/readyz", timeout=PATIENCE, verify=PLAIN).json() == {"status": "ready"}
        for path in ("/sandbox", "/sandbox/", "/sandbox/v1/account", "/sandbox/keys", "/metrics"):
            assert httpx.get(f"{server.address}{path}", timeout=PATIENCE, verify=PLAIN).status_code == 404
    assert server.output.read_text() == f"Console   {server.address}/console/\nGraphQL   {server.address}/graphql\n"
    assert not {"encryption.keys", "development.token"} & {file.name for file in folder.iterdir()}


async def test_webhooks_go_to_the_public_internet_with_https_only(folder: Path) -> None:
    with running_server(folder, AS_OPERATOR, **_PRODUCTION) as server:
        client = (await new_tenant(server)).client
        for url, message in (
            ("http://localhost:8000/", "The URL must use https."),
            ("https://127.0.0.1:8000/", "The host's address is not on the public internet."),
        ):
            result = await client.result(CREATE_ENDPOINT, input={"url": url})
            assert (result["__typename"], result["message"]) == ("InvalidInputError", message)
        await add_endpoint(client, url="https://example.com/")


async def test_unless_told_otherwise_stripe_itself_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Queue[bytes]()

    async def note(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        asked.put_nowait(await reader.readline())

    # This proxy records the requested destination and closes the connection.
    async with listening(note) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        with running_server(folder, AS_OPERATOR, **_PRODUCTION) as server:
            client = (await new_tenant(server)).client
            request = {"name": "Billing", "authentication": {"secretKey": secret_key()}}
            result = await client.result(CREATE_INTEGRATION, input=request)
    assert result["__typename"] == "StripeUnavailableError"
    assert asked.get_nowait() == b"CONNECT api.stripe.com:443 HTTP/1.1\r\n"
