-- The hash of the code with which Stripe sent the user back: a code belongs to one state.
ALTER TABLE stripe_auths ADD COLUMN code_hash TEXT;
CREATE UNIQUE INDEX stripe_auths_code ON stripe_auths (code_hash) WHERE code_hash IS NOT NULL;
