"""Reads the README and docs/, and runs their commands."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.servers import ROOT

README = (ROOT / "README.md").read_text()
DECISIONS = {file: file.read_text() for file in sorted((ROOT / "docs" / "decisions").glob("0*.md"))}
PAGES: dict[Path, str] = {
    file: file.read_text()
    for file in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "examples" / "README.md")
}


def page(name: str) -> str:
    """Returns the text of docs/NAME.md."""
    return PAGES[ROOT / "docs" / f"{name}.md"]


def code_blocks(language: str, text: str) -> list[str]:
    """Returns the code blocks in this language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(containing: str) -> str:
    """Returns the only block of shell commands that contains this text."""
    blocks = [block for text in PAGES.values() for block in code_blocks("sh", text) if containing in block]
    assert len(blocks) == 1, (containing, blocks)
    return blocks[0]


def run_commands(block: str, replaced: Mapping[str, str], stand_ins: str = "") -> str:
    """Runs a block with replaced paths, and stubs for commands that tests cannot run; returns its output."""
    for shown, own in replaced.items():
        assert shown in block, shown
        block = block.replace(shown, own)
    script = f"set -eu\n{_SUDO}{stand_ins}\n{block}"
    env = {name: value for name, value in os.environ.items() if not name.startswith("DRAWBRIDGE_")}
    done = subprocess.run(["/bin/sh", "-c", script], env=env, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own program
    assert done.returncode == 0, done
    return done.stdout


# Every command runs as the user who runs the tests.
_SUDO = 'sudo() { if [ "$1" = -u ]; then shift 2; fi; "$@"; }\nsystemctl() { echo "systemctl $*"; }\n'
