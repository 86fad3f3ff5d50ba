"""What use cases are made with. Knows no use case."""
