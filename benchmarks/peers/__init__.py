"""Servers that give the same lists of integrations, from the same tables."""
