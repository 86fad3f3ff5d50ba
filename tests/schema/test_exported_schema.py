"""schema.graphql matches the served schema, fulfils the contract and describes each of its elements."""

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    is_specified_scalar_type,
)

from schema import schema
from tests.support.servers import ROOT

EXPORTED = (ROOT / "schema.graphql").read_text()


def test_the_exported_schema_is_current() -> None:
    assert f"{schema.as_str()}\n" == EXPORTED, "run 'make schema'"


def test_every_element_has_a_useful_description() -> None:
    undescribed = [place for place, text in _descriptions() if len((text or "").split()) < 2]
    assert undescribed == []


def _descriptions() -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for name, type_ in build_schema(EXPORTED).type_map.items():
        if name.startswith("__") or is_specified_scalar_type(type_):
            continue
        found.append((name, type_.description))
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in type_.fields.items():
                found.append((f"{name}.{field_name}", field.description))
                found += [(f"{name}.{field_name}({key}:)", arg.description) for key, arg in field.args.items()]
        elif isinstance(type_, GraphQLInputObjectType):
            found += [(f"{name}.{key}", field.description) for key, field in type_.fields.items()]
        elif isinstance(type_, GraphQLEnumType):
            found += [(f"{name}.{key}", value.description) for key, value in type_.values.items()]
    assert len(found) > 200
    return found
