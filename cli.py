"""The operator's commands: serve, migrate, backup, rotate-keys, token issue, export-schema."""

import argparse
import asyncio
import sys
import time
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

from tortoise.transactions import in_transaction

from adapters.sqlite.backup import BackupError, back_up
from kit.secret import Secret
from models import Scope
from models.migrations import migrate
from resolvers import organizations, tokens
from resolvers.context import Context, Viewer, utc_now
from resolvers.encryption.rotation import Rotation, rotate
from resolvers.refusals import Refusal
from schema import schema
from server import OPERATOR_ERRORS, serve
from settings import Settings, StartupError, read_settings
from startup.core_dumps import disable_core_dumps
from startup.database import connected, open_database
from startup.services import check_encryption_keys, create_services

_MAX_DAYS = 36500
# Building the index of a big table takes longer than any statement that a client waits for.
_MIGRATION_SECONDS = 3600
_PROGRESS_SECONDS = 1.0


class _Parser(argparse.ArgumentParser):
    """Reports a mistake in a sentence."""

    def error(self, message: str) -> NoReturn:
        """Exits with code 2."""
        self.exit(2, f"{message[:1].upper()}{message[1:]}. See '{self.prog} --help'.\n")


def _serve(settings: Settings, _: argparse.Namespace) -> None:
    serve(settings)


def _migrate(settings: Settings, _: argparse.Namespace) -> None:
    async def run() -> list[str]:
        async with connected(settings, _MIGRATION_SECONDS):
            return await migrate()

    applied = asyncio.run(run())
    _say(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")


def _back_up(settings: Settings, arguments: argparse.Namespace) -> None:
    if settings.database.postgres_url is not None:
        raise BackupError("PostgreSQL is backed up with its own pg_dump: see docs/operating.md.")
    back_up(settings.database.sqlite_path, arguments.file)
    _say("The database has been backed up. Keep its encryption keys elsewhere: without them, its secrets do not open.")


def _rotate_keys(settings: Settings, arguments: argparse.Namespace) -> None:
    rotation = asyncio.run(_rotated(settings, dry_run=arguments.dry_run))
    done = f"{rotation.resealed} {'to be resealed' if arguments.dry_run else 'resealed'}, {rotation.already} already"
    _say(f"Of {rotation.texts} sealed texts: {done} sealed with the first key, {rotation.unreadable} unreadable.")


async def _rotated(settings: Settings, *, dry_run: bool) -> Rotation:
    rotation, reported_at = Rotation(0), -_PROGRESS_SECONDS
    async with aclosing(create_services(settings)) as services, open_database(settings):
        await check_encryption_keys(services)
        async for rotation in rotate(services, dry_run=dry_run):
            if rotation.seen == rotation.rows or time.monotonic() - reported_at >= _PROGRESS_SECONDS:
                reported_at = time.monotonic()
                print(f"{rotation.seen} of {rotation.rows} rows", file=sys.stderr)  # noqa: T201 - progress
    return rotation


def _issue_token(settings: Settings, arguments: argparse.Namespace) -> None:
    _say(asyncio.run(_issued(settings, arguments)).reveal())


async def _issued(settings: Settings, arguments: argparse.Namespace) -> Secret:
    days, scopes = arguments.expires_in, [Scope(scope) for scope in arguments.scope]
    expires_at = utc_now() + timedelta(days=days) if days else None
    async with (
        aclosing(create_services(settings)) as services,
        open_database(settings),
        in_transaction(),  # a refused token leaves no organization behind
    ):
        await check_encryption_keys(services)
        organization, is_new = await organizations.ensure(arguments.organization, utc_now())
        context = Context(services, Viewer("cli", organization, "cli", frozenset(Scope)))
        _, token = await tokens.issue(context, name=arguments.name, scopes=scopes, expires_at=expires_at)
    if is_new:
        print(f"Created organization “{organization.name}”.", file=sys.stderr)  # noqa: T201 - besides the token
    return token


def _export_schema(_: Settings, arguments: argparse.Namespace) -> None:
    try:
        arguments.file.write_text(f"{schema.as_str()}\n")
    except OSError as error:
        raise StartupError(f"The schema cannot be written to {arguments.file}: {error.strerror}.") from None


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_DAYS:
        raise argparse.ArgumentTypeError(f"a number of days from 1 to {_MAX_DAYS} is needed")
    return int(text)


def _say(text: str) -> None:
    print(text)  # noqa: T201 - the command's output


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="cli.py", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("serve", help="serve until a signal stops it")
    command.set_defaults(run=_serve)
    command = commands.add_parser("migrate", help="migrate the database to this version")
    command.set_defaults(run=_migrate)
    command = commands.add_parser("backup", help="copy the SQLite database, even while it is in use")
    command.add_argument("file", type=Path, metavar="FILE", help="file to create")
    command.set_defaults(run=_back_up)
    command = commands.add_parser("rotate-keys", help="encrypt all secrets with the first encryption key")
    command.add_argument("--dry-run", action="store_true", help="only count the secrets that would be encrypted again")
    command.set_defaults(run=_rotate_keys)
    command = commands.add_parser("export-schema", help="write the GraphQL schema to a file")
    command.add_argument(
        "file", type=Path, metavar="FILE", nargs="?", default="schema.graphql", help="%(default)s if left out"
    )
    command.set_defaults(run=_export_schema)
    token_commands = commands.add_parser("token", help="manage API tokens").add_subparsers(
        required=True, metavar="COMMAND"
    )
    command = token_commands.add_parser("issue", help="issue an API token and print it")
    command.add_argument("--organization", required=True, help="organization that owns the token; created if missing")
    command.add_argument("--name", required=True, help="name of the token, which its events show")
    command.add_argument(
        "--scope",
        required=True,
        action="append",
        choices=[scope.value for scope in Scope],
        help="scope to grant; repeatable",
    )
    command.add_argument(
        "--expires-in", type=_days, metavar="DAYS", help="days until the token expires; never, if left out"
    )
    command.set_defaults(run=_issue_token)
    return parser


def main() -> None:
    """Runs a command; prints a sentence for each mistake and exits with code 2."""
    arguments = _parser().parse_args()
    disable_core_dumps()
    try:
        arguments.run(read_settings(), arguments)
    except (*OPERATOR_ERRORS, BackupError, Refusal) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's output
        sys.exit(2)


if __name__ == "__main__":
    main()
