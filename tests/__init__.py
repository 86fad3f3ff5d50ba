"""Tests in the layout of the packages: GraphQL documents against a real server, a real database and the sandbox."""
