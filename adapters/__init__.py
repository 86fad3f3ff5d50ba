"""What Drawbridge talks to: Stripe, the encryption keys, the databases, and those who wait for news."""
