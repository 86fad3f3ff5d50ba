"""Shared test support: servers, clients and organizations."""
