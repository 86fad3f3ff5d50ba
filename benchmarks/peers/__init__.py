"""Servers that return the same lists of integrations from the same tables."""
