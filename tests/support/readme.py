"""The README's commands, run as it shows them."""

import os
import re
import subprocess
from collections.abc import Mapping

from tests.support.servers import ROOT

README = (ROOT / "README.md").read_text()


def commands(containing: str) -> str:
    """The only block of shell commands that contains this."""
    blocks = [block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if containing in block]
    assert len(blocks) == 1, (containing, blocks)
    return str(blocks[0])


def run_commands(block: str, replaced: Mapping[str, str], stand_ins: str = "") -> str:
    """Runs a block with other paths than its own, and with stand-ins for what tests cannot do; what it printed."""
    for shown, own in replaced.items():
        assert shown in block, shown
        block = block.replace(shown, own)
    script = f"set -eu\n{_SUDO}{stand_ins}\n{block}"
    env = {name: value for name, value in os.environ.items() if not name.startswith("DRAWBRIDGE_")}
    done = subprocess.run(["/bin/sh", "-c", script], env=env, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done
    return done.stdout


# Whoever runs the tests does everything themselves.
_SUDO = 'sudo() { if [ "$1" = -u ]; then shift 2; fi; "$@"; }\nsystemctl() { echo "systemctl $*"; }\n'
