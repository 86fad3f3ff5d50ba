"""The suite's last test: nothing that was stored, logged or answered holds a secret that the suite has used."""

import base64

from tests.support.secrecy import SECRETS, SHOWN, leaks
from tests.support.servers import RunningServer


def test_no_secret_was_stored_logged_or_shown(server: RunningServer) -> None:
    stored = [
        path.read_bytes().decode(errors="replace") for path in server.settings.data_dir.glob("drawbridge.sqlite3*")
    ]
    assert len(SECRETS) > 0
    assert stored
    for text in (*stored, server.log.read_text(), *SHOWN):
        assert leaks(text) == []


def test_the_comparison_finds_what_it_looks_for() -> None:
    secret = next(iter(SECRETS))
    assert leaks(f"…{secret}…") == [secret]
    assert leaks(base64.b64encode(secret.encode()).decode()) == []
