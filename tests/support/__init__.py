"""What tests share: servers to speak to, clients to speak with, organizations to speak for."""
