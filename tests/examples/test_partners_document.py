"""docs/partners.md: its operations fit the schema, its command works, and both examples send the same operations."""

import json
import re

import pytest
from graphql import GraphQLEnumType, GraphQLUnionType, build_schema, parse, validate

from resolvers.refusals import KeyInUse, KeyReused
from tests.support.servers import ROOT, RunningServer, environment, run_program
from web.graphql.idempotency import CONFLICTS

DOCUMENT = (ROOT / "docs" / "partners.md").read_text()
EXAMPLES = ROOT / "examples"
SCHEMA = build_schema((ROOT / "schema.graphql").read_text())


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


def operations(program: str) -> list[str]:
    return re.findall(r'(?:"""|`)((?:query|mutation|subscription) .*?)(?:"""|`)', program, re.DOTALL)


def test_the_operations_that_it_shows_fit_the_schema() -> None:
    shown = blocks("graphql")
    assert len(shown) == 5
    assert [validate(SCHEMA, parse(block)) for block in shown] == [[]] * 5


def test_the_examples_ask_the_same_in_both_languages_and_what_it_shows() -> None:
    python, javascript = (
        operations((EXAMPLES / name).read_text()) for name in ("python/drawbridge.py", "javascript/drawbridge.js")
    )
    assert len(python) == 5
    assert python == javascript
    (follow,) = (operation for operation in python if operation.startswith("subscription"))
    assert follow.split("\n", 1)[1].strip() == blocks("graphql")[-1].split("\n", 1)[1].strip()


def test_it_tells_what_to_do_on_each_kind_that_is_followed_and_on_each_answer() -> None:
    kinds = SCHEMA.type_map["EventKind"]
    assert isinstance(kinds, GraphQLEnumType)
    (follow,) = (block for block in blocks("graphql") if block.startswith("subscription"))
    followed = [kind for kind in kinds.values if re.search(rf"\b{kind}\b", follow)]
    assert [kind for kind in followed if f"| `{kind}` |" not in DOCUMENT] == []
    for result in ("RevealSecretResult", "ReportCredentialFailureResult"):
        answers = SCHEMA.type_map[result]
        assert isinstance(answers, GraphQLUnionType)
        assert [member.name for member in answers.types if f"| `{member.name}`" not in DOCUMENT] == []
    assert CONFLICTS[KeyInUse] in DOCUMENT
    assert CONFLICTS[KeyReused] in DOCUMENT


@pytest.mark.usefixtures("sqlite")
def test_the_command_for_the_token_works(shared: RunningServer) -> None:
    (block,) = (block for block in blocks("sh") if "token issue" in block)
    arguments = [argument.strip('"') for argument in re.findall(r'"[^"]*"|\S+', block)[2:]]
    done = run_program("cli.py", *arguments, env=environment(shared.settings.database.data_dir))
    assert done.stdout.startswith("drawbridge_"), done.stderr


def test_what_the_examples_install_is_locked() -> None:
    locked = (EXAMPLES / "python" / "requirements.txt").read_text()
    for line in (EXAMPLES / "python" / "requirements.in").read_text().split():
        name = re.split(r"[\[>]", line)[0]
        assert re.search(rf"^{name}==", locked, re.MULTILINE), name
    package = json.loads((EXAMPLES / "javascript" / "package.json").read_text())
    lock = json.loads((EXAMPLES / "javascript" / "package-lock.json").read_text())
    assert {f"node_modules/{name}" for name in package["dependencies"]} <= set(lock["packages"])
    assert [name for name, locked in lock["packages"].items() if name and "integrity" not in locked] == []
