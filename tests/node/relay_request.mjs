// A document as relay-compiler would compile it, as far as the tests need it: without fragments, conditions and defaults.
import { getNamedType, getNullableType, isAbstractType, isLeafType, isListType, parse, valueFromASTUntyped } from 'graphql';

export function relayRequest(schema, text) {
  const [definition] = parse(text).definitions;
  const root = schema.getRootType(definition.operation);
  const name = definition.name.value;
  const selections = definition.selectionSet.selections.flatMap((node) => selected(schema, root, node));
  const argumentDefinitions = definition.variableDefinitions.map(({ variable }) => ({
    kind: 'LocalArgument',
    name: variable.name.value,
    defaultValue: null,
  }));
  return {
    kind: 'Request',
    fragment: { kind: 'Fragment', name, type: root.name, argumentDefinitions, metadata: null, abstractKey: null, selections },
    operation: { kind: 'Operation', name, argumentDefinitions, selections },
    params: { cacheID: text, id: null, metadata: {}, name, operationKind: definition.operation, text },
  };
}

function selected(schema, parent, node) {
  if (node.kind === 'InlineFragment') {
    const type = schema.getType(node.typeCondition.name.value);
    if (isAbstractType(type)) throw new Error('Only fragments on objects are compiled.');
    return { kind: 'InlineFragment', type: type.name, abstractKey: null, selections: within(schema, type, node) };
  }
  const name = node.name.value;
  const alias = node.alias?.value ?? null;
  if (name === '__typename') return { kind: 'ScalarField', alias, name, args: null, storageKey: null };
  const field = parent.getFields()[name];
  const type = getNamedType(field.type);
  const args = node.arguments.length ? node.arguments.map(argument) : null;
  if (isLeafType(type)) return { kind: 'ScalarField', alias, name, args, storageKey: null };
  const plural = isListType(getNullableType(field.type));
  const concreteType = isAbstractType(type) ? null : type.name;
  return { kind: 'LinkedField', alias, name, args, concreteType, plural, storageKey: null, selections: within(schema, type, node) };
}

const within = (schema, type, node) => node.selectionSet.selections.map((inner) => selected(schema, type, inner));

const argument = ({ name, value }) =>
  value.kind === 'Variable'
    ? { kind: 'Variable', name: name.value, variableName: value.name.value }
    : { kind: 'Literal', name: name.value, value: valueFromASTUntyped(value) };
