"""A simulation of Stripe's API for development, demonstrations and tests, with keys that cause errors."""

from sandbox.app import create_sandbox
from sandbox.apps.app import registered_apps
from sandbox.oauth import registered_applications

__all__ = ["create_sandbox", "registered_applications", "registered_apps"]
