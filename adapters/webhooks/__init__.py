"""Calls to webhook receivers, whose URLs customers choose: signed, bounded, and only to public addresses."""
