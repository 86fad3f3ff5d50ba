"""The execution engine: a document is parsed, validated and weighed, then executed by graphql-core; errors are masked."""
