"""The identity provider: token validation and signing keys."""
