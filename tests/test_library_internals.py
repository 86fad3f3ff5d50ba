"""The libraries have all private and undocumented names that we use; an upgrade that removes one fails here by name.

pyproject.toml has upper bounds for these libraries. Run these tests before you raise one.
"""

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_OURS = ("adapters", "kit", "models", "resolvers", "schema", "settings", "startup", "telemetry", "web")

_TORTOISE_CLIENT = "tortoise.backends.base.client"
_WS_HANDLERS = "strawberry.subscriptions.protocols.graphql_transport_ws.handlers"

# The names by our module, then by the library's "module:class" or module.
RELIED_ON = {
    "adapters/database.py": {_TORTOISE_CLIENT: "TransactionalDBClient", "tortoise.context": "require_context"},
    "adapters/postgres/errors.py": {"asyncpg": "InternalClientError"},
    "adapters/postgres/engine.py": {
        "tortoise.backends.asyncpg.client:AsyncpgDBClient": (
            "_close _in_transaction _pool _pool_init_lock _translate_exceptions"
            " acquire_connection create_connection create_pool extra"
        ),
        "tortoise.backends.asyncpg.client:TransactionWrapper": "_connection _parent begin commit rollback",
        f"{_TORTOISE_CLIENT}:PoolConnectionWrapper": "client connection ensure_connection",
        f"{_TORTOISE_CLIENT}:TransactionContextPooled": "client connection_name ensure_connection token",
        _TORTOISE_CLIENT: "NestedTransactionContext",
        "tortoise.connection": "get_connections",
        "tortoise.context": "require_context",
    },
    "adapters/sqlite/engine.py": {
        "tortoise.backends.sqlite.client:SqliteClient": (
            "_in_transaction _lock acquire_connection close create_connection"
        ),
        "tortoise.backends.sqlite.client:SqliteTransactionWrapper": "_connection begin commit",
        "tortoise.backends.sqlite.client:SqliteTransactionContext": (
            "_trxlock connection connection_name ensure_connection token"
        ),
        f"{_TORTOISE_CLIENT}:ConnectionWrapper": "_lock connection ensure_connection",
        _TORTOISE_CLIENT: "NestedTransactionContext",
        "tortoise.connection": "get_connections",
    },
    "adapters/stripe/gateway.py": {"stripe": "enable_telemetry"},
    "adapters/stripe/grants.py": {"stripe:StripeClient": "raw_request_async"},
    "models/querying/tables.py": {
        "tortoise.models:Model": "_meta construct",
        "tortoise.models:MetaInfo": "db_table fields_db_projection fields_map",
        "tortoise.fields:Field": "field_type",
        "tortoise.fields.relational:RelationalField": "related_model",
        "tortoise.fields.relational:ForeignKeyFieldInstance": "source_field",
    },
    "models/migrations/__init__.py": {"tortoise.context": "require_context"},
    "models/querying/select.py": {"tortoise.context": "require_context"},
    "startup/serving.py": {
        "uvicorn.config": "STARTUP_FAILURE",
        "uvicorn.supervisors:Multiprocess": "processes",
    },
    "schema/execution/engine.py": {
        "strawberry:Schema": "_schema execution_context_class",
        "strawberry.execution.is_awaitable": "optimized_is_awaitable",
        "strawberry.types.execution": "PreExecutionError",
        "strawberry.utils.await_maybe": "await_maybe",
    },
    "schema/execution/cacheable.py": {"strawberry.types.field:StrawberryField": "metadata"},
    "schema/execution/documents.py": {
        "graphql.validation.rules.overlapping_fields_can_be_merged": "MAX_COMPLEXITY_BUDGET",
        "strawberry.schema.validation_rules.maybe_null": "MaybeNullValidationRule",
    },
    "schema/execution/fast_fields.py": {
        "graphql.execution.collect_fields": "FieldDetailsList",
        "strawberry.schema.schema": "StrawberryGraphQLCoreExecutionContext",
        "strawberry.schema.schema:StrawberryGraphQLCoreExecutionContext": "execute_field schema",
        "strawberry.types.field:StrawberryField": "is_basic_field python_name",
    },
    "schema/execution/input_errors.py": {
        "strawberry.schema.validation_rules.one_of": "OneOfInputValidationRule",
        "strawberry.types.base:StrawberryObjectDefinition": "is_one_of",
    },
    "schema/execution/shared_events.py": {"graphql:Executor": "build_per_event_executor execute_operation"},
    "schema/subscriptions.py": {"strawberry.types:Info": "_raw_info"},
    "web/graphql/sse.py": {"strawberry.http.streaming:SSETransport": "encode_comment encode_complete headers"},
    "web/protocols/timeout_http.py": {
        "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol": (
            "_should_upgrade _start_asgi_task _unset_keepalive_if_required config cycle flow handle_websocket_upgrade"
            " headers logger loop on_response_complete parser pipeline scope timeout_keep_alive"
            " timeout_keep_alive_handler timeout_keep_alive_task transport url"
        ),
        "uvicorn.protocols.http.httptools_impl:RequestResponseCycle": (
            "chunked_encoding expected_content_length keep_alive more_body response_complete response_started scope"
            " send transport"
        ),
        "uvicorn.protocols.http.flow_control:FlowControl": "write_paused",
        "uvicorn:Config": "h11_max_incomplete_event_size",
    },
    "web/protocols/timeout_websocket.py": {
        "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol": (
            "close_sent conn frames handle_cont handle_ping handshake_initiated keepalive_timeout loop queue transport"
            " writable"
        ),
        "websockets.frames": "Frame",
        "websockets.server:ServerProtocol": "data_to_send handshake_exc send_close",
    },
    "web/websocket/handler.py": {
        f"{_WS_HANDLERS}:BaseGraphQLTransportWSHandler": (
            "_get_pre_execution_close_reason cleanup_operation connection_acknowledged connection_init_timeout_task"
            " context forget_id handle_connection_init handle_ping handle_subscribe handle_task_exception"
            " max_subscriptions_per_connection operations run_operation send_message shutdown websocket"
        ),
        f"{_WS_HANDLERS}:Operation": "completed operation_name query send_initial_errors task",
        "strawberry.asgi:ASGIWebSocketAdapter": "close iter_json send_json view ws",
    },
}

_NAMES = [
    pytest.param(file, owner, name, id=f"{file}: {owner}.{name}")
    for file, owners in RELIED_ON.items()
    for owner, names in owners.items()
    for name in names.split()
]


def _has(owner: str, name: str) -> bool:
    module, _, class_name = owner.partition(":")
    found = import_module(module)
    if not class_name:
        return hasattr(found, name)
    cls = getattr(found, class_name)
    return hasattr(cls, name) or any(_is_set_in(base, name) for base in cls.__mro__[:-1])


def _is_set_in(cls: type, name: str) -> bool:
    """Whether the class annotates the attribute, or sets it in its own methods."""
    if name in vars(cls).get("__annotations__", {}):
        return True
    methods = [value for value in vars(cls).values() if inspect.isfunction(value)]
    written = [method for method in methods if Path(method.__code__.co_filename).exists()]  # others are generated
    return any(re.search(rf"\bself\.{name}\b(: [^=\n]+)? = ", inspect.getsource(method)) for method in written)


@pytest.mark.parametrize(("file", "owner", "name"), _NAMES)
def test_a_library_has_what_we_rely_on(file: str, owner: str, name: str) -> None:
    assert _has(owner, name), f"{file} relies on {name} of {owner}, which this version does not have"
    assert re.search(rf"\b{name}\b", (_ROOT / file).read_text()), f"{file} no longer uses {name}: strike it off"


def test_each_of_these_libraries_has_an_upper_bound() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    bounded = [name for name in project["dependencies"] if ",<" in name]
    for owner in {owner for owners in RELIED_ON.values() for owner in owners}:
        library = re.split("[.:]", owner)[0]
        assert any(name.startswith(library) for name in bounded), f"{library} has no upper bound in pyproject.toml"


def _private_names(tree: ast.Module) -> Iterator[str]:
    """The names with a leading underscore that a module uses but does not define."""
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    defined |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    defined |= {node.attr for node in used if isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"}
    names = {node.attr for node in used} - defined
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {*node.module.split("."), *(alias.name for alias in node.names)}
    return (name for name in names if re.match("_[a-z]", name))


def test_no_module_uses_private_names_that_are_not_listed_here() -> None:
    files = [path for top in _OURS for path in (_ROOT / top).rglob("*.py")] + list(_ROOT.glob("*.py"))
    assert len(files) > 100
    for path in files:
        file = str(path.relative_to(_ROOT))
        listed = set(" ".join(RELIED_ON.get(file, {}).values()).split())
        unlisted = set(_private_names(ast.parse(path.read_text()))) - listed
        assert not unlisted, f"{file} uses private names that {Path(__file__).name} does not list"
