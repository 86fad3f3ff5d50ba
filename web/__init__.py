"""The HTTP layer: GraphQL over HTTP and WebSockets, health checks, pages, and Stripe's callback and webhooks."""
