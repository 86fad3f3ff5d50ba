"""The engine: documents are parsed, validated and weighed, operations executed by graphql-core, errors masked."""
