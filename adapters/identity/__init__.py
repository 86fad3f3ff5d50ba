"""The identity provider: its tokens and its keys."""
