"""What is installed is locked by hash, and `make audit` leaves out none of it."""

import re
from pathlib import Path

import pytest

from tests.support.servers import ROOT

_LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_PIN = re.compile(r"^[a-z0-9.-]+(?:\[[a-z,]+\])?==[^\s;]+", re.MULTILINE)
_MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("lock", _LOCKS, ids=lambda lock: lock.stem)
def test_every_requirement_has_an_exact_version_and_hashes_and_no_address(lock: Path) -> None:
    lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
    requirements = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    assert requirements
    for number in requirements:
        assert _PIN.match(lines[number])
        assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", lines[number + 1])
    assert not [line for line in lines if "://" in line]


@pytest.mark.parametrize("name", ["run", "tracing"])
def test_what_the_tests_install_is_what_serves(name: str) -> None:
    served, tested = (set(_PIN.findall((ROOT / f"requirements/{lock}.txt").read_text())) for lock in (name, "test"))
    assert served
    assert served <= tested


def test_the_audit_covers_every_lock_and_passes_over_nothing() -> None:
    named = re.search(r"^LOCKS = (.*)$", _MAKEFILE, re.MULTILINE)
    assert named
    assert sorted(named[1].split()) == [lock.stem for lock in _LOCKS]
    assert "pip-audit --strict" in _MAKEFILE
