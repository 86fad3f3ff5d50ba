"""Logs to standard error by the standard library: one JSON object per line, or text for people.

The text of an exception is never logged, because it may quote a secret. Its type and its stack frames are.
"""

import asyncio
import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from kit.request_ids import CLIENT, REQUEST_ID

_MAX_MESSAGE = 2000
# httpx and tortoise are verbose. uvicorn.error logs the URLs of WebSockets, and clients put tokens into them.
_WARNINGS_ONLY = ("httpx", "tortoise", "uvicorn.error")
# The other lines of asyncio's messages hold the repr of tasks and exceptions, which may quote secrets.
_FIRST_LINE_ONLY = ("asyncio",)
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def set_up_logging(log_format: str) -> None:
    """Formats the records of all loggers, including those of libraries, as `json` or `text`."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=log_format == "json")
    # Saves collecting values that no line shows: https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.raiseExceptions = False  # else logging prints records that it cannot format, with their arguments
    logging.getLogger("asyncpg").setLevel(logging.ERROR)  # it warns of each lost connection, with a traceback
    for name in _WARNINGS_ONLY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """Drops the traceback of a request that is cancelled at shutdown; uvicorn has logged the cancellation before."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of ASCII: JSON escapes all control characters."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "request_id": REQUEST_ID.get(),
            "client": CLIENT.get(),
            **_fields(record),
            "trace": _trace(record),
        }
        return json.dumps({name: value for name, value in fields.items() if value is not None}, default=str)


class TextFormatter(logging.Formatter):
    """Formats a record as a line of text. Further lines are indented, so that none looks like another record."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record)
        for name, value in (("request_id", REQUEST_ID.get()), ("client", CLIENT.get())):
            if value:
                fields[name] = value
        values = "".join(f" {name}={value}" for name, value in fields.items())
        text = f"{_time(record)} {record.levelname} {record.name}: {_message(record)}{values}"
        lines = text.split("\n") + (_trace(record) or "").splitlines()
        return "\n    ".join(_escaped(line) for line in lines)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """A copy of the structured fields that were logged with `extra={"fields": ...}`."""
    return dict(getattr(record, "fields", {}))


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    return (message.partition("\n")[0] if record.name in _FIRST_LINE_ONLY else message)[:_MAX_MESSAGE]


def _trace(record: logging.LogRecord) -> str | None:
    """The record's stack frames. Those of an uncaught exception begin with Python's own first line."""
    trace: str | None = getattr(record, "trace", None)
    if trace is None and record.exc_info:
        trace = f"Traceback (most recent call last):\n{_without_text(record.exc_info)}"
    return trace


def _without_text(exc_info: _ExcInfo) -> str:
    type_, _, frames = exc_info
    return "".join(traceback.format_tb(frames)) + (type_.__name__ if type_ else "")


def _escaped(text: str) -> str:
    """The text with control characters and other unprintable characters escaped."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
