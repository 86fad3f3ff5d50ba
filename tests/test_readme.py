"""The README and docs/clients.md: their queries, subscriptions and commands work as shown."""

import asyncio
import itertools
import json
import os
import re
import sys
import tomllib
from pathlib import Path

from tests.support.client import Client
from tests.support.readme import README, code_blocks, commands, run_commands
from tests.support.servers import ROOT, RunningServer
from tests.support.waiting import PATIENCE


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 200


def test_it_names_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"This is version {project['version']}." in README


async def test_the_first_queries_answer_as_shown(client: Client) -> None:
    shell = [block for block in code_blocks("sh", README) if "curl $URL" in block]
    bodies = [json.loads(body) for block in shell for body in re.findall(r"-d '(.*?)'\n", block, re.DOTALL)]
    created, listed = [await client.send(json=body) for body in bodies]
    assert created.json() == json.loads(code_blocks("json", README)[0])
    assert listed.json()["data"]["integrations"]["nodes"][0]["name"] == "Billing"


async def test_a_mutation_is_retried_as_shown(client: Client) -> None:
    key, curl = commands(containing="Idempotency-Key").split("\n", 1)
    given = f"URL={client.address}/graphql TOKEN={client.token}\n"
    printed = await asyncio.to_thread(run_commands, f"{given}{key}\n{curl}{curl}", {})
    answers = printed.split("HTTP/1.1 ")[1:]
    assert [answer.count("CreateCredentialSuccess") for answer in answers] == [1, 1]
    assert ["idempotency-replayed: true" in answer for answer in answers] == [False, True]


async def test_the_first_subscription_prints_events(client: Client, server: RunningServer, tmp_path: Path) -> None:
    program = tmp_path / "follow.py"
    source = code_blocks("python", README)[0]
    program.write_text(source)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        program,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"URL": f"{server.address}/graphql", "TOKEN": str(client.token)},
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
    """Makes changes repeatedly, because the program does not report when it has subscribed."""
    document = """mutation ($name: String!) {
        createCredential(input: {name: $name, secretKey: "sk_test_51Sandbox4242"}) { __typename } }"""
    for number in itertools.count():
        await client.execute(document, name=f"Number {number}")
        await asyncio.sleep(0.1)
