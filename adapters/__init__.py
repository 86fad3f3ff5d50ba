"""Adapters to external systems: Stripe, the databases, the identity provider, and the encryption keys."""
