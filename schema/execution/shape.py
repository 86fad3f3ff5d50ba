"""Measures documents by their syntax alone, before validation against the schema."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from schema.execution.fragments import fragments_of
from schema.execution.limits import DocumentLimits, limit_error

_INTROSPECTION = ("__schema", "__type")


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of aliases and directives as written, and the depth of the deepest field with fragments expanded."""

    aliases: int
    directives: int
    depth: int
    introspects: bool


def shape_of(document: DocumentNode, deepest: int) -> Shape:
    """Measures a document, which may be invalid. Fields below the level `deepest` are not followed."""
    definitions = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    written = [node for definition in definitions for node in _selections(definition.selection_set)]
    variables = [variable for definition in definitions for variable in definition.variable_definitions or ()]
    fields = [node for node in written if isinstance(node, FieldNode)]
    return Shape(
        aliases=sum(node.alias is not None for node in fields),
        directives=sum(len(node.directives or ()) for node in (*definitions, *variables, *written)),
        depth=_depth(document, deepest),
        introspects=any(node.name.value in _INTROSPECTION for node in fields),
    )


def refusals(shape: Shape, limits: DocumentLimits) -> Iterator[GraphQLError]:
    """The errors for the limits that the document exceeds."""
    if shape.depth > limits.max_depth:
        message = (
            f"The document nests fields deeper than {limits.max_depth} levels, or spreads a fragment within itself."
        )
        yield limit_error("DEPTH_LIMIT_EXCEEDED", message)
    if shape.aliases > limits.max_aliases:
        yield limit_error("ALIAS_LIMIT_EXCEEDED", f"The document has more than {limits.max_aliases} aliases.")
    if shape.directives > limits.max_directives:
        yield limit_error("DIRECTIVE_LIMIT_EXCEEDED", f"The document has more than {limits.max_directives} directives.")


def _selections(selection_set: SelectionSetNode) -> Iterator[SelectionNode]:
    """All selections of a definition, in any order, without expanding fragments."""
    waiting = [selection_set]
    while waiting:
        for node in waiting.pop().selections:
            yield node
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                waiting.append(node.selection_set)


def _depth(document: DocumentNode, deepest: int) -> int:
    """Revisits a fragment only at a deeper level than before, so at most `deepest` times, even in a cycle."""
    fragments = fragments_of(document)
    reached: dict[str, int] = {}
    depth = 0
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    waiting = [(node.selection_set, 1) for node in operations]
    while waiting and depth <= deepest:
        selection_set, level = waiting.pop()
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                depth = max(depth, level)
                waiting += [(selection.selection_set, level + 1)] if selection.selection_set else []
            elif isinstance(selection, InlineFragmentNode):
                waiting.append((selection.selection_set, level))
            elif isinstance(selection, FragmentSpreadNode) and level > reached.get(selection.name.value, 0):
                name = selection.name.value
                reached[name] = level
                waiting += [(fragments[name].selection_set, level)] if name in fragments else []
    return depth
