"""Makes models of rows, as Tortoise does, with less work for each row: two fifths of the time of a page went there."""

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

from tortoise.models import Model

Load = Callable[[Sequence[Any]], Model]


def is_simple(model: type[Model], related: Collection[str]) -> bool:
    """Whether rows come with nothing else, or with one that each of them refers to."""
    return not related or (len(related) == 1 and all(_is_required(model, name) for name in related))


def _is_required(model: type[Model], name: str) -> bool:
    return "__" not in name and not model._meta.fields_map[name].null


def load_with(model: type[Model], related: str | None) -> Load:
    """What makes a model of a row's values: its own in Tortoise's order, then those of what it always refers to."""
    load_own, own = _loader(model), len(_columns(model))
    if related is None:
        return load_own
    foreign_key: Any = model._meta.fields_map[related]
    load_related, attribute = _loader(foreign_key.related_model), f"_{related}"

    def load(values: Sequence[Any]) -> Model:
        row = load_own(values[:own])
        row.__dict__[attribute] = load_related(values[own:])
        return row

    return load


def _columns(model: type[Model]) -> list[str]:
    """In the order in which Tortoise selects them."""
    return list(model._meta.db_fields)


@cache
def _loader(model: type[Model]) -> Load:
    meta = model._meta
    reading: dict[str, tuple[str, Callable[[Any], Any] | None]] = {}
    reading |= {column: (name, None) for column, name, _ in meta.db_native_fields}
    reading |= {column: (name, field.field_type) for column, name, field in meta.db_default_fields}
    reading |= {column: (name, field.to_python_value) for column, name, field in meta.db_complex_fields}
    readers = [reading[column] for column in _columns(model)]
    is_generated = meta.db_pk_column in meta.generated_db_fields
    state = {"_partial": False, "_saved_in_db": True, "_custom_generated_pk": not is_generated}

    def load(values: Sequence[Any]) -> Model:
        row = model.__new__(model)
        attributes = row.__dict__
        attributes.update(state, _await_when_save={})
        for (name, read), value in zip(readers, values, strict=True):
            attributes[name] = value if read is None or value is None else read(value)
        return row

    return load
