"""Tests of the deployment in docs/operating.md: backups, nginx, systemd and containers."""
