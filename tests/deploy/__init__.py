"""What an operator runs the server with: backups, nginx, systemd, containers, as docs/operating.md shows them."""
