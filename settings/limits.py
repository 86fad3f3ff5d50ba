"""Settings of what one request, one document or one caller may ask for."""

from dataclasses import dataclass
from typing import Literal

from settings.reading import between, one_of, setting

Introspection = Literal["everyone", "viewers", "nobody"]
_KIB = 1024


@dataclass(frozen=True)
class LimitSettings:
    """Generous to clients that mean well. What is beyond is refused with a code of its own; see docs/limits.md."""

    max_body_bytes: int = setting(
        between(int, 16 * _KIB, 16 * _KIB * _KIB),
        "1048576",
        "`1048576`",
        "How long the body of a request, or a message on a WebSocket, may be: 16 KiB to 16 MiB.",
    )
    max_header_bytes: int = setting(
        between(int, 4 * _KIB, 64 * _KIB),
        "32768",
        "`32768`",
        "How long the headers of a request may be, its URL included: 4 to 64 KiB.",
    )
    client_timeout_seconds: float = setting(
        between(float, 0.5, 15),
        "10",
        "`10`",
        "How long a client may take to send a request or `connection_init`, or to take an answer: 0.5 to 15.",
    )
    query_timeout_seconds: float = setting(
        between(float, 0.1, 300), "30", "`30`", "How long a query may take, from 0.1 to 300 seconds."
    )
    max_tokens: int = setting(
        between(int, 100, 2000), "1000", "`1000`", "How many tokens a GraphQL document may have, from 100 to 2000."
    )
    max_depth: int = setting(
        between(int, 3, 50), "20", "`20`", "How deep the fields of a document may lie, from 3 to 50."
    )
    max_aliases: int = setting(between(int, 0, 500), "50", "`50`", "How many aliases a document may have, up to 500.")
    max_directives: int = setting(
        between(int, 0, 500), "50", "`50`", "How many directives a document may have, up to 500."
    )
    max_variable_values: int = setting(
        between(int, 10, 10_000), "1000", "`1000`", "How many values the variables may hold, from 10 to 10000."
    )
    max_cost: int = setting(
        between(int, 100, 100_000), "5000", "`5000`", "How much an operation may cost, from 100 to 100000."
    )
    max_operations_per_socket: int = setting(
        between(int, 1, 1000), "100", "`100`", "How many operations one WebSocket may have at a time, from 1 to 1000."
    )
    max_sockets_per_viewer: int = setting(
        between(int, 1, 10_000),
        "100",
        "`100`",
        "How many WebSockets one token may have open at each process, from 1 to 10000.",
    )
    kept_answer_bytes: int = setting(
        between(int, 0, _KIB * _KIB * _KIB),
        "33554432",
        "`33554432`",
        "How many bytes of answers to queries each process keeps, to give them again while nothing has changed: up to "
        "1 GiB; 0 keeps none.",
    )
    introspection: Introspection | None = setting(
        one_of("everyone", "viewers", "nobody"),
        None,
        "`everyone` in development, `viewers` in production",
        "Who may read the schema: `everyone`, `viewers` (whoever has a token), or `nobody`.",
    )

    def introspection_for(self, *, production: bool) -> Introspection:
        """Who may read the schema, where nobody has said."""
        return self.introspection or ("viewers" if production else "everyone")
