"""Authentication: the bearer token of a request or socket, and its revalidation while a connection stays open."""
