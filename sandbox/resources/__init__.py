"""Stripe's resources that the sandbox stores: created, retrieved and listed, in memory and for each account."""
