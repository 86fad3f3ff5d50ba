"""Limits for each request, document and client. Well-behaved clients stay far below the defaults."""

from typing import Literal

from pydantic import Field

from settings.base import Group, by_environment

Introspection = Literal["everyone", "viewers", "nobody"]
# An organization may check as many keys as this many viewers.
VIEWERS_PER_ORGANIZATION = 4
_KIB = 1024
_MIB = 1024 * _KIB


class LimitSettings(Group):
    """Limits of requests. Each is refused with an error code of its own."""

    max_body_bytes: int = Field(
        default=_MIB, ge=16 * _KIB, le=16 * _MIB, description="Size of a request body or of a WebSocket message."
    )
    max_header_bytes: int = Field(
        default=32 * _KIB, ge=4 * _KIB, le=64 * _KIB, description="Size of a request's headers, including its URL."
    )
    client_timeout_seconds: float = Field(
        default=10,
        ge=0.5,
        le=15,
        description="Time that a client has to send a request or `connection_init`, and to receive a response.",
    )
    query_timeout_seconds: float = Field(default=30, ge=0.1, le=300, description="Time limit for a query.")
    max_tokens: int = Field(default=1000, ge=100, le=2000, description="Lexical tokens of a GraphQL document.")
    max_depth: int = Field(default=20, ge=3, le=50, description="Depth of a document's fields.")
    max_aliases: int = Field(default=50, ge=0, le=500, description="Aliases in a document.")
    max_directives: int = Field(default=50, ge=0, le=500, description="Directives in a document.")
    max_variable_values: int = Field(default=1000, ge=10, le=10_000, description="Values in an operation's variables.")
    max_cost: int = Field(default=5000, ge=100, le=100_000, description="Cost of an operation.")
    max_operations_per_socket: int = Field(
        default=100, ge=1, le=1000, description="Operations that one WebSocket may run at a time."
    )
    max_sockets_per_viewer: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="WebSockets and event streams that one token may have open per process.",
    )
    kept_answer_bytes: int = Field(
        default=32 * _MIB, ge=0, le=1024 * _MIB, description="Size of each process's response cache. 0 disables it."
    )
    failed_authentications_per_minute: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="Failed authentications allowed per client address and process, and four times as many per IPv6 "
        "site (/48).",
    )
    key_checks_per_minute: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="Checks of secret keys with Stripe allowed per viewer and process, and four times as many per "
        "organization. Checks that a viewer's reports cause have this limit, too, apart from the others.",
    )
    introspection: Introspection = Field(
        default_factory=by_environment(development="everyone", production="viewers"),
        description="Who may read the schema. Viewers are clients with a valid token.",
    )

    @property
    def suggestions(self) -> bool:
        """Whether errors suggest names of the schema."""
        return not self.production
