"""Calls to other machines over HTTP."""
