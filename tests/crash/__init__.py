"""Servers are killed during writes and subscriptions, and seeded faults prove that these tests find inconsistencies."""
