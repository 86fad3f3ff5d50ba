"""All packages are locked by exact version and hash, and `make audit` checks every lock."""

import json
import re
from pathlib import Path

import pytest

from tests.support.servers import ROOT

_LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_EXAMPLES = ROOT / "examples" / "python" / "requirements.txt"
_PIN = re.compile(r"^[a-z0-9.-]+(?:\[[a-z,]+\])?==[^\s;]+", re.MULTILINE)
_NPM = (
    "benchmarks/peers",
    "console",
    "examples/javascript",
    "graphiql",
    "tests/identity_provider",
    "tests/node",
)
_MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("lock", [*_LOCKS, _EXAMPLES], ids=lambda lock: lock.stem)
def test_every_requirement_has_an_exact_version_and_hashes_and_no_address(lock: Path) -> None:
    lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
    requirements = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    assert requirements
    for number in requirements:
        assert _PIN.match(lines[number])
        assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", lines[number + 1])
    assert not [line for line in lines if "://" in line]


@pytest.mark.parametrize("folder", _NPM)
def test_every_package_of_npm_has_an_exact_version_and_a_hash_and_no_address(folder: str) -> None:
    own, *packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"].values()
    assert own["dependencies"] == json.loads((ROOT / folder / "package.json").read_text())["dependencies"]
    assert packages
    for package in packages:
        assert package["version"]
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package


@pytest.mark.parametrize(("name", "with_more"), [("run", "test"), ("tracing", "test"), ("run", "bench")])
def test_what_is_tested_and_measured_is_what_serves(name: str, with_more: str) -> None:
    served, installed = (
        set(_PIN.findall((ROOT / f"requirements/{lock}.txt").read_text())) for lock in (name, with_more)
    )
    assert served
    assert served <= installed


def test_the_audit_covers_every_lock_and_passes_over_nothing() -> None:
    named = re.search(r"^LOCKS = (.*)$", _MAKEFILE, re.MULTILINE)
    assert named
    assert sorted(named[1].split()) == [lock.stem for lock in _LOCKS]
    assert "pip-audit --strict" in _MAKEFILE
    assert f"--requirement {_EXAMPLES.relative_to(ROOT)}" in _MAKEFILE


def test_the_examples_are_tested_with_what_they_install() -> None:
    installed = set(_PIN.findall((ROOT / "requirements" / "test.txt").read_text()))
    assert set(_PIN.findall(_EXAMPLES.read_text())) <= installed


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml"])
def test_images_are_named_by_version_and_digest(file: str) -> None:
    named = re.findall(r"^(?:FROM|    image:) (\S+)", (ROOT / file).read_text(), re.MULTILINE)
    foreign = [image for image in named if image != "build"]  # a stage of our own
    assert foreign
    for image in foreign:
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?[a-z-]*@sha256:[0-9a-f]{64}", image)
