"""Generates docs/authorization.md from the schema and the tested permissions: `make authorization`."""

from collections.abc import Collection, Iterator

from models import Scope
from tests.support.scopes import FIELD_SCOPES, NODE_SCOPES, OPERATIONS, SCOPES, SUBSCRIPTIONS
from tests.support.servers import ROOT

FILE = ROOT / "docs" / "authorization.md"

_HEAD = """# Who may do what

`make authorization` writes this from the schema. `tests/schema/test_permissions.py` has tried each line on a running
server, on SQLite and on PostgreSQL: without a token, with each scope that suffices alone, and with all others together.

A viewer belongs to one organization and sees nothing of any other: another's ids are answered like ids that do not
exist. Within its organization a scope holds for everything; there are no rights to single integrations.

## Root fields

Any one of the scopes that are marked suffices. CONFIGURE includes READ. Without a token every field is refused as
`UNAUTHENTICATED`, without a scope that suffices as `FORBIDDEN`, and nothing has happened then.
"""

_FIELDS = """
## Fields of objects

Whoever gets an object may see all its fields, but for these:
"""

_DOORS = """
## Other doors

| Path | Who may use it |
| --- | --- |
| `/graphql` | Anybody may knock; the tables above say what comes of it, over HTTP, WebSocket and server-sent events. |
| `/healthz`, `/readyz` | Anybody: they tell that the process lives, and that the database answers. |
| `/stripe/callback` | A user's browser, back from Stripe, with a `state` that was begun here and not used. It only \
takes the user on to the allowed page that it was begun with: completing is `completeStripeAuth`, by who began. |
| `/stripe/webhook/{mode}` | Stripe: by the signature over the body, with the mode's signing secret. |
| `/metrics` | The operators' monitoring: in production by `DRAWBRIDGE_METRICS_TOKEN`, which is no viewer's. |
| `/`, `/console`, `/console/`, `/graphiql`, `/graphiql/` | Anybody: they are pages without data, which ask `/graphql` \
with the token that a person gives them. `DRAWBRIDGE_CONSOLE` and `DRAWBRIDGE_GRAPHIQL` say whether they are served. |
| `/sandbox` | Anybody who reaches a development server. Production has none. |

Operators need no scope: whoever may run `cli.py` with the server's settings may issue any token of any organization,
with `cli.py token issue`. That is how an organization gets its first one.
"""


def rendered() -> str:
    """The whole document."""
    rows = [_row(name, scopes) for name, scopes in _root_fields()]
    fields = [_row(f"`{name}`", scopes) for name, scopes in FIELD_SCOPES.items()]
    return "\n".join([_HEAD, *_table("Field", rows), _FIELDS, *_table("Field", fields), _DOORS])


def _root_fields() -> Iterator[tuple[str, Collection[Scope]]]:
    for operation, name in OPERATIONS + SUBSCRIPTIONS:
        if name == "node":
            yield from ((f"{operation} `node` of {_a(noun)}", scopes) for noun, scopes in NODE_SCOPES.items())
        else:
            yield f"{operation} `{name}`", SCOPES[name]


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _table(first: str, rows: list[str]) -> list[str]:
    names = [scope.value for scope in Scope]
    return [f"| {first} | {' | '.join(names)} |", f"| --- |{' :-: |' * len(names)}", *rows]


def _row(name: str, scopes: Collection[Scope]) -> str:
    return f"| {name} | {' | '.join('✓' if scope in scopes else ' ' for scope in Scope)} |"


if __name__ == "__main__":
    FILE.write_text(rendered())
