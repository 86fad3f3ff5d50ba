"""Services are closed on every path, including failures after they were created."""

import sys
from pathlib import Path

import pytest

import cli
from adapters.stripe.gateway import StripeGateway
from adapters.vault import new_key
from server import create_application
from settings import StartupError
from startup.preparation import prepare
from tests.support.databases import settings_in
from tests.support.secrecy import keep

_ISSUE = ("token", "issue", "--organization", "Closing", "--scope", "READ", "--name")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[StripeGateway]:
    """The gateways that have been closed."""
    gateways, close = list[StripeGateway](), StripeGateway.close

    async def recorded(gateway: StripeGateway) -> None:
        gateways.append(gateway)
        await close(gateway)

    monkeypatch.setattr(StripeGateway, "close", recorded)
    return gateways


def _production() -> dict[str, str]:
    return {"ENV": "production", "ENCRYPTION_KEYS": keep(new_key().reveal())}


async def test_a_preparation(closed: list[StripeGateway], tmp_path: Path) -> None:
    await prepare(settings_in(tmp_path))
    assert len(closed) == 1


async def test_a_preparation_that_fails(closed: list[StripeGateway], tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="Migrations are due"):
        await prepare(settings_in(tmp_path, **_production()))
    assert len(closed) == 1


async def test_an_application_whose_database_cannot_be_opened(closed: list[StripeGateway], tmp_path: Path) -> None:
    application = create_application(settings_in(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/no/database"))
    with pytest.raises(FileNotFoundError):
        async with application.router.lifespan_context(application):
            pass
    assert len(closed) == 1


@pytest.mark.parametrize(
    ("arguments", "changes", "code"),
    [
        ((*_ISSUE, "Name"), {}, None),
        ((*_ISSUE, " "), {}, 2),
        (("rotate-keys",), {}, None),
        (("rotate-keys",), _production(), 2),
    ],
)
def test_a_command(
    closed: list[StripeGateway],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    changes: dict[str, str],
    code: int | None,
) -> None:
    for name, value in {"DATA_DIR": str(tmp_path), **changes}.items():
        monkeypatch.setenv(f"DRAWBRIDGE_{name}", value)
    monkeypatch.setattr(sys, "argv", ["cli.py", *arguments])
    if code is None:
        cli.main()
    else:
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == code
    assert len(closed) == 1
