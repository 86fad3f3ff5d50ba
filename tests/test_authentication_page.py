"""docs/authentication.md: its command issues a token, and its example settings of an identity provider are valid."""

import re

import pytest

from models import Scope
from startup.identity import identity_provider
from tests.support.readme import code_blocks, page
from tests.support.secrecy import keep
from tests.support.servers import RunningServer, run_program
from tests.support.servers import environment as environment_of
from tests.support.settings import read_settings


@pytest.mark.slow
def test_the_command_for_tokens_works_as_shown(server: RunningServer) -> None:
    (block,) = (block for block in code_blocks("sh", page("authentication")) if "token issue" in block)
    arguments = re.findall(r'"[^"]*"|\S+', block)[2:]
    env = environment_of(server.settings.database.data_dir, PORT=str(server.settings.serving.port))
    done = run_program("cli.py", *(argument.strip('"') for argument in arguments), env=env)
    assert keep(done.stdout.strip()).startswith("drawbridge_"), done.stderr


def test_the_identity_provider_s_settings_are_readable_as_shown() -> None:
    shown = dict(re.findall(r"^export (DRAWBRIDGE_IDENTITY_\w+)=(.*)$", page("authentication"), re.MULTILINE))
    identity = read_settings(shown).identity
    assert len(shown) == 4
    assert identity.identity_scopes["drawbridge-partner"] == {Scope.READ, Scope.REVEAL_SECRETS}
    assert identity_provider(identity)
