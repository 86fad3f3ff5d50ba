"""The form of a field in words, for error messages and for docs/settings.md."""

from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from settings.fields import Form

_NUMBERS = {int: "a whole number", float: "a number"}


def form_of(field: FieldInfo) -> str:
    """The form of a usable value: as its type says, or by the field's range or words."""
    kind, metadata = _unwrapped(field.annotation, field.metadata)
    for each in metadata:
        if isinstance(each, Form):
            return each.text
    if kind in _NUMBERS:
        return f"{_NUMBERS[kind]} from {_bound(metadata, Ge)} to {_bound(metadata, Le)}"
    if get_origin(kind) is Literal:
        *words, last = get_args(kind)
        return f"{', '.join(words)} or {last}"
    return "yes or no" if kind is bool else "text"


def _unwrapped(kind: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:  # noqa: ANN401 - a type, of whatever form
    """The type inside `Annotated[…] | None`, and all metadata."""
    kinds = [each for each in get_args(kind) if each is not NoneType]
    if NoneType in get_args(kind):
        return _unwrapped(kinds[0], metadata)
    if get_origin(kind) is Annotated:
        return _unwrapped(kinds[0], [*metadata, *kinds[1:]])
    return kind, metadata


def _bound(metadata: list[Any], of: type[Ge | Le]) -> object:
    (bound,) = [each for each in metadata if isinstance(each, of)]
    return bound.ge if isinstance(bound, Ge) else bound.le
