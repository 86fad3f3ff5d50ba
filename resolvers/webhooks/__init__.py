"""Use cases of webhook endpoints."""
