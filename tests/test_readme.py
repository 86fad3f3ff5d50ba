"""What the README says is so: its table, its commands, its examples."""

import asyncio
import itertools
import json
import os
import re
import sys
from pathlib import Path

from graphql import build_schema, parse, validate

from models import Scope
from startup.identity import identity_provider
from tests.support.client import Client
from tests.support.readme import commands, run_commands
from tests.support.servers import ROOT, RunningServer, run_program
from tests.support.servers import environment as environment_of
from tests.support.settings import read_settings
from tests.support.waiting import PATIENCE

README = (ROOT / "README.md").read_text()


def code_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


async def test_the_first_queries_answer_as_shown(client: Client) -> None:
    shell = [block for block in code_blocks("sh") if "curl $URL" in block]
    bodies = [json.loads(body) for block in shell for body in re.findall(r"-d '(.*?)'\n", block, re.DOTALL)]
    created, listed = [await client.send(json=body) for body in bodies]
    assert created.json() == json.loads(code_blocks("json")[0])
    assert listed.json()["data"]["integrations"]["nodes"][0]["name"] == "Billing"


async def test_a_mutation_is_sent_again_as_shown(client: Client) -> None:
    key, curl = commands(containing="Idempotency-Key").split("\n", 1)
    given = f"URL={client.address}/graphql TOKEN={client.token}\n"
    printed = await asyncio.to_thread(run_commands, f"{given}{key}\n{curl}{curl}", {})
    answers = printed.split("HTTP/1.1 ")[1:]
    assert [answer.count("CreateCredentialSuccess") for answer in answers] == [1, 1]
    assert ["idempotency-replayed: true" in answer for answer in answers] == [False, True]


async def test_the_first_subscription_prints_events(client: Client, server: RunningServer, tmp_path: Path) -> None:
    program = tmp_path / "follow.py"
    program.write_text(code_blocks("python")[0].replace("ws://127.0.0.1:8000", server.address.replace("http", "ws")))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        program,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"TOKEN": str(client.token)},
    )
    assert process.stdout is not None
    changes = asyncio.create_task(_keep_changing(client))
    printed = json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
    changes.cancel()
    process.kill()
    await process.wait()
    assert printed["payload"]["data"]["events"]["kind"].startswith("CREDENTIAL_")


async def test_the_command_that_follows_a_stream_prints_events(client: Client) -> None:
    command = f"URL={client.address}/graphql TOKEN={client.token}\nexec {commands(containing='text/event-stream')}"
    process = await asyncio.create_subprocess_exec("/bin/sh", "-c", command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    while not (line := await asyncio.wait_for(process.stdout.readline(), PATIENCE)).startswith(b"id: "):
        assert line
    await client.execute('mutation { createCredential(input: {name: "x", secretKey: "sk_test_51x"}) { __typename } }')
    lines = [await asyncio.wait_for(process.stdout.readline(), PATIENCE) for _ in range(4)]
    process.kill()
    await process.wait()
    assert b"event: next\n" in lines
    assert b"CREDENTIAL_CREATED" in b"".join(lines)


async def _keep_changing(client: Client) -> None:
    """Changes something again and again, since nobody knows when the program has subscribed."""
    document = """mutation ($name: String!) {
        createCredential(input: {name: $name, secretKey: "sk_test_51Sandbox4242"}) { __typename } }"""
    for number in itertools.count():
        await client.execute(document, name=f"Number {number}")
        await asyncio.sleep(0.1)


def test_the_command_for_tokens_works_as_shown(server: RunningServer) -> None:
    block = next(block for block in code_blocks("sh") if "token issue" in block)
    arguments = re.findall(r'"[^"]*"|\S+', block)[2:]
    env = environment_of(server.settings.database.data_dir, PORT=str(server.settings.serving.port))
    done = run_program("cli.py", *(argument.strip('"') for argument in arguments), env=env)
    assert done.stdout.startswith("drawbridge_"), done.stderr


def test_the_operations_that_it_shows_fit_the_schema() -> None:
    (block,) = code_blocks("graphql")
    for operation in block.split("mutation ")[1:]:
        assert validate(build_schema((ROOT / "schema.graphql").read_text()), parse("mutation " + operation)) == []


def test_the_identity_provider_s_settings_are_readable_as_shown() -> None:
    shown = dict(re.findall(r"^export (DRAWBRIDGE_IDENTITY_\w+)=(.*)$", README, re.MULTILINE))
    settings = read_settings(shown)
    assert len(shown) == 4
    assert settings.identity.identity_scopes["drawbridge-partner"] == {Scope.READ, Scope.REVEAL_SECRETS}
    assert identity_provider(settings.identity)


def test_files_that_it_names_are_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_its_figures_are_those_that_were_measured() -> None:
    measured = json.loads((ROOT / "benchmarks" / "results" / "expiry.json").read_text())
    shown = re.search(r"(\S+) ms after\s+its time \(median (\S+) ms, worst (\S+) ms", README)
    assert shown
    assert [float(figure) for figure in shown.groups()] == [
        measured[key] for key in ("p99_ms", "median_ms", "worst_ms")
    ]
