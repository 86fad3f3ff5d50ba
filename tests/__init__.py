"""Tests that mirror the layers: GraphQL documents against a real server, a real database and the sandbox."""
