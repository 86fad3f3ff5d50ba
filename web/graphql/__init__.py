"""The GraphQL endpoint over HTTP: https://graphql.github.io/graphql-over-http/draft/."""
