"""All HTTP that is not a GraphQL field."""
