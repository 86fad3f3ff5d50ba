"""Logs, metrics and traces, and the middleware that records them. Only startup imports this package."""
