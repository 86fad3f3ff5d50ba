"""Logs to standard error: an object of JSON per line, or text for people. Whatever raises, its own words are left out.

Exceptions quote what came in, and with it secrets: of each, its type and its way through the code are told.
"""

import asyncio
import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from kit.request_ids import REQUEST_ID

_MAX_MESSAGE = 2000
# The first two are chatty; the last logs the URLs of WebSockets, which clients put tokens into.
_WARNINGS_ONLY = ("httpx", "tortoise", "uvicorn.error")
# Its further lines hold what tasks and exceptions look like.
_FIRST_LINE_ONLY = ("asyncio",)
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def set_up_logging(log_format: str) -> None:
    """Has all loggers, also those of libraries, write in this format: `json` or `text`."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=log_format == "json")
    # What no line tells is not found out: https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.raiseExceptions = False  # it would print what could not be logged, with its arguments
    logging.getLogger("asyncpg").setLevel(logging.ERROR)  # it warns of each connection that is lost, with a traceback
    for name in _WARNINGS_ONLY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """False for the traceback of a request that is cut off at the end: that some are, uvicorn says in a line before."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class JsonFormatter(logging.Formatter):
    """One object of ASCII per line: control characters of whatever kind are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "request_id": REQUEST_ID.get(),
            **_told(record),
            "trace": _trace(record),
        }
        return json.dumps({name: value for name, value in told.items() if value is not None}, default=str)


class TextFormatter(logging.Formatter):
    """A line, and indented ones below it for what has several: none of these looks like another record."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines."""
        told = _told(record)
        if request_id := REQUEST_ID.get():
            told["request_id"] = request_id
        values = "".join(f" {name}={value}" for name, value in told.items())
        text = f"{_time(record)} {record.levelname} {record.name}: {_message(record)}{values}"
        lines = text.split("\n") + (_trace(record) or "").splitlines()
        return "\n    ".join(_escaped(line) for line in lines)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _told(record: logging.LogRecord) -> dict[str, Any]:
    """What a record tells besides its message."""
    return dict(getattr(record, "told", {}))


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    return (message.partition("\n")[0] if record.name in _FIRST_LINE_ONLY else message)[:_MAX_MESSAGE]


def _trace(record: logging.LogRecord) -> str | None:
    """Where in the code it happened; what nobody has caught begins as Python itself would."""
    trace: str | None = getattr(record, "trace", None)
    if trace is None and record.exc_info:
        trace = f"Traceback (most recent call last):\n{_without_text(record.exc_info)}"
    return trace


def _without_text(exc_info: _ExcInfo) -> str:
    type_, _, where = exc_info
    return "".join(traceback.format_tb(where)) + (type_.__name__ if type_ else "")


def _escaped(text: str) -> str:
    """The text with escapes for control characters, and for what else is not shown as a character."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
