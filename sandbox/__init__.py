"""A stand-in for Stripe, for development, demonstrations and tests: its API's shapes, and keys that misbehave."""

from sandbox.app import create_sandbox
from sandbox.oauth import registered_applications

__all__ = ["create_sandbox", "registered_applications"]
