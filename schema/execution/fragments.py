"""The fragments of a document."""

from graphql import DocumentNode, FragmentDefinitionNode


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """By their names; of several with one name, the last."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
