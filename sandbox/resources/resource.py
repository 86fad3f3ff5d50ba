"""The description of a resource: its parameters, and how an object is made of them."""

import json
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.resources import parameters
from sandbox.resources.ledger import Ledger, Object, Origin, new_id
from sandbox.resources.parameters import Kind

_TEMPLATES = {file.stem: json.loads(file.read_text()) for file in (Path(__file__).parent / "templates").glob("*.json")}


@dataclass(frozen=True, slots=True)
class Creation:
    """An object in the making. `new` has the template's fields and those parameters that are fields, too."""

    ledger: Ledger
    origin: Origin
    new: Object
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the API. `finish` sets what follows from the parameters, and may refuse them.

    `references` maps parameters to the resource that their ids must be of. Without `parameters`, only Stripe creates
    objects.
    """

    object: str
    prefix: str
    parameters: Mapping[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    filters: Mapping[str, Kind] = field(default_factory=dict)
    finish: Callable[[Creation], None] = lambda _: None
    event: str = ""


def create(ledger: Ledger, path: str, resource: Resource, given: Mapping[str, Any], origin: Origin) -> Object:
    """Creates an object from a call's parameters; raises RefusedError."""
    values = parameters.read(given, resource.parameters, resource.required)
    for name, (target, noun) in resource.references.items():
        if name in values:
            ledger.find(target, noun, values[name], name)
    return build(ledger, path, resource, values, origin)


def build(ledger: Ledger, path: str, resource: Resource, values: Mapping[str, Any], origin: Origin) -> Object:
    """Creates an object from valid values, with its event."""
    new = blank(resource.object, resource.prefix, ledger)
    new |= {name: value for name, value in values.items() if name in new}
    resource.finish(Creation(ledger, origin, new, values))
    ledger.add(path, new)
    ledger.record(resource.event or f"{resource.object}.created", new, origin)
    return new


def blank(noun: str, prefix: str, ledger: Ledger) -> Object:
    """Returns a new object with its template's fields. Null are those that the parameters have to set."""
    new: Object = {**deepcopy(_TEMPLATES[noun]), "id": new_id(prefix), "created": int(time.time())}
    if "livemode" in new:
        new["livemode"] = ledger.livemode
    return new
