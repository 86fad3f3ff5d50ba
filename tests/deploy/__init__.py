"""What an operator runs the server with: backups, nginx, systemd, containers, as the README shows them."""
