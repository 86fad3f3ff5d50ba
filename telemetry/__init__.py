"""Telemetry: logs, metrics and traces, and the middleware that records them. No other layer imports it but startup."""
