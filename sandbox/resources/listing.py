"""Lists of objects, newest first (https://docs.stripe.com/api/pagination)."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.errors import refusal
from sandbox.resources import parameters
from sandbox.resources.ledger import Ledger, Object
from sandbox.resources.resource import Resource

_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}
_DEFAULT_LIMIT = 10


def _created(name: str, value: Any) -> dict[str, int]:  # noqa: ANN401 - a string or a nested parameter
    """A time, or an interval such as `created[gte]`."""
    if isinstance(value, str):
        at = parameters.integer(name, value)
        return {"gte": at, "lte": at}
    return dict(parameters.group(**dict.fromkeys(_COMPARISONS, parameters.integer))(name, value))


PAGING = {
    "limit": parameters.page_size,
    "starting_after": parameters.text,
    "ending_before": parameters.text,
    "created": _created,
}


def page(ledger: Ledger, path: str, resource: Resource, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a page of a resource's objects."""
    values = parameters.read(given, {**PAGING, **resource.filters})
    after, before = values.pop("starting_after", None), values.pop("ending_before", None)
    if after and before:
        raise refusal(400, "You cannot use both starting_after and ending_before.", param="starting_after")
    limit, created = values.pop("limit", _DEFAULT_LIMIT), values.pop("created", {})
    objects = list(ledger.newest(path))
    if after:
        objects = objects[objects.index(ledger.find(path, resource.object, after, "starting_after")) + 1 :]
    if before:
        objects = objects[: objects.index(ledger.find(path, resource.object, before, "ending_before"))]
    found = [each for each in objects if _matches(each, values, created)]
    return page_of(path, found[-limit:] if before else found[:limit], has_more=len(found) > limit)


def _matches(each: Object, values: Mapping[str, Any], created: Mapping[str, int]) -> bool:
    in_time = all(_COMPARISONS[name](each["created"], at) for name, at in created.items())
    return in_time and all(each.get(name) == value for name, value in values.items())


def page_of(path: str, data: list[Object], *, has_more: bool = False) -> dict[str, Any]:
    """Returns a list of these objects."""
    return {"object": "list", "url": f"/v1/{path}", "has_more": has_more, "data": data}
