"""Stripe Apps with OAuth (https://docs.stripe.com/stripe-apps/api-authentication/oauth): installations and tokens."""
