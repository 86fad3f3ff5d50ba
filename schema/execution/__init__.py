"""The execution engine: checks documents, computes costs, executes with graphql-core and masks errors."""
