"""Development stays on this machine: its sandbox is open, and its webhook secrets are in the source."""

from pathlib import Path

import pytest

from tests.support.servers import environment, run_program
from tests.support.settings import mistakes, read

_ENDING = (
    "in development, whose sandbox is open and whose webhook secrets are public. To serve others, set DRAWBRIDGE_ENV"
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "0.0.0.0"),  # noqa: S104 - nothing binds it
        ("HOST", "::"),
        ("HOST", "192.0.2.1"),
        ("HOST", "drawbridge"),
        ("PUBLIC_URL", "https://drawbridge.example.com"),
        ("PUBLIC_URL", "http://drawbridge.example.com:8000"),
        ("PUBLIC_URL", "https://localhost.example.com"),
        ("PUBLIC_URL", "http://10.1.2.3"),
        ("ALLOWED_HOSTS", "localhost,drawbridge.example.com"),
        ("ALLOWED_HOSTS", "192.0.2.1"),
    ],
)
@pytest.mark.parametrize("env", [{}, {"ENV": "development"}], ids=["left", "set"])
def test_other_machines_are_not_served(env: dict[str, str], name: str, value: str) -> None:
    sentence = mistakes(**env, **{name: value})
    assert sentence.startswith(f"DRAWBRIDGE_{name} must stay on this machine")
    assert f"{_ENDING} to production." in sentence
    assert "\n" not in sentence
    assert read(ENV="production", **{name: value}).production


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.1.1", "::1", "[::1]"])
def test_this_machine_is_served_under_each_of_its_names(host: str) -> None:
    url = f"https://{f'[{host}]' if host == '::1' else host}:8443"
    settings = read(HOST=host, PUBLIC_URL=url, ALLOWED_HOSTS=host)
    assert not settings.production


@pytest.mark.slow
@pytest.mark.parametrize("program", [("server.py",), ("cli.py", "migrate")], ids=["server", "cli"])
def test_nothing_is_created_before_the_refusal(tmp_path: Path, program: tuple[str, ...]) -> None:
    open_to_all = {"HOST": "0.0.0.0", "PUBLIC_URL": "https://drawbridge.example.com"}  # noqa: S104 - refused
    done = run_program(*program, env=environment(tmp_path, **open_to_all))
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["DRAWBRIDGE_HOST", "DRAWBRIDGE_PUBLIC_URL"]
    assert list(tmp_path.iterdir()) == []
