"""What happens to clients when the world fails."""
