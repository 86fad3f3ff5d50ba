"""Parses parameters by their kinds, and refuses others as Stripe does (https://docs.stripe.com/error-codes).

A form has only strings. A kind turns one into the value that the object gets, or raises RefusedError.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.errors import RefusedError, refusal

Kind = Callable[[str, Any], Any]

_INTEGER = re.compile(r"-?\d{1,12}", re.ASCII)
_CURRENCY = re.compile(r"[a-zA-Z]{3}", re.ASCII)
_LONGEST = 5_000
_MOST_MEMBERS = 50  # as metadata at Stripe


def read(given: Mapping[str, Any], kinds: Mapping[str, Kind], required: Sequence[str] = ()) -> dict[str, Any]:
    """Returns the values of the parameters. Those that are empty are as if they were absent."""
    for name in given:
        if name not in kinds:
            raise refusal(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    values = {name: kinds[name](name, value) for name, value in given.items() if value != ""}
    for name in required:
        if name not in values:
            raise missing(name)
    return values


def missing(name: str) -> RefusedError:
    """Returns the exception for a required parameter that is absent."""
    return refusal(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def text(name: str, value: Any) -> str:  # noqa: ANN401 - a string or a nested parameter
    """Any text."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise refusal(400, "Invalid string.", param=name)
    return value


def integer(name: str, value: Any) -> int:  # noqa: ANN401
    """A number of at most twelve digits."""
    if not _INTEGER.fullmatch(text(name, value)):
        raise refusal(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def positive(name: str, value: Any) -> int:  # noqa: ANN401
    """An amount, in the smallest unit of its currency."""
    if (number := integer(name, value)) < 1:
        message = "This value must be greater than or equal to 1."
        raise refusal(400, message, code="parameter_invalid_integer", param=name)
    return number


def page_size(name: str, value: Any) -> int:  # noqa: ANN401
    """The number of objects on a page."""
    if (number := positive(name, value)) > 100:
        message = "This value must be less than or equal to 100."
        raise refusal(400, message, code="parameter_invalid_integer", param=name)
    return number


def boolean(name: str, value: Any) -> bool:  # noqa: ANN401
    """`true` or `false`."""
    if text(name, value) not in {"true", "false"}:
        raise refusal(400, f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def currency(name: str, value: Any) -> str:  # noqa: ANN401
    """An ISO 4217 code, in either case."""
    if not _CURRENCY.fullmatch(text(name, value)):
        raise refusal(400, f"Invalid currency: {value}", param=name)
    return str(value).lower()


def one_of(*choices: str) -> Kind:
    """One of these words."""

    def read_choice(name: str, value: Any) -> str:  # noqa: ANN401
        if text(name, value) not in choices:
            raise refusal(400, f"Invalid {name}: must be one of {', '.join(choices)}", param=name)
        return str(value)

    return read_choice


def mapping(name: str, value: Any) -> dict[str, str]:  # noqa: ANN401
    """Texts by names, such as metadata."""
    return {member: text(f"{name}[{member}]", each) for member, each in _members(name, value).items()}


def texts(name: str, value: Any) -> list[str]:  # noqa: ANN401
    """A list of texts."""
    return list(mapping(name, value).values())


def group(*required: str, **kinds: Kind) -> Kind:
    """An object with members of these kinds."""

    def read_group(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401
        return read(_members(name, value), kinds, required)

    return read_group


def several(kind: Kind) -> Kind:
    """A list of values of one kind."""

    def read_several(name: str, value: Any) -> list[Any]:  # noqa: ANN401
        return [kind(name, each) for each in _members(name, value).values()]

    return read_several


def _members(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401
    if not isinstance(value, dict):
        raise refusal(400, "Invalid object.", param=name)
    if len(value) > _MOST_MEMBERS:
        raise refusal(400, f"{name} can have at most {_MOST_MEMBERS} members.", param=name)
    return value
