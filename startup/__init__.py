"""Startup: everything between the settings and a running process, shared by server.py and cli.py."""
