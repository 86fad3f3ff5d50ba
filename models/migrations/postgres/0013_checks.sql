-- Checks of credentials with Stripe: the last one, what it found, and when the next one is due. A row that nothing has
-- scheduled is due, too.
ALTER TABLE credentials ADD COLUMN checked_at TIMESTAMPTZ;
ALTER TABLE credentials ADD COLUMN failing_since TIMESTAMPTZ;
ALTER TABLE credentials ADD COLUMN refused_at TIMESTAMPTZ;
ALTER TABLE credentials ADD COLUMN next_check_at TIMESTAMPTZ NOT NULL DEFAULT '1970-01-01 00:00:00+00:00';
ALTER TABLE credentials ADD COLUMN claimed_until TIMESTAMPTZ;
UPDATE credentials SET checked_at = verified_at, next_check_at = now();
-- Until now a refusal, too, set verified_at, which is when Stripe last accepted a credential.
UPDATE credentials SET verified_at = NULL WHERE status = 'DISCONNECTED';
CREATE INDEX credentials_by_check ON credentials (destination, next_check_at)
    WHERE status = 'CONNECTED' OR problem IN ('KEY_REJECTED', 'KEY_EXPIRED', 'PERMISSION_LOST');
CREATE INDEX credentials_to_confirm ON credentials (destination, next_check_at)
    WHERE status = 'CONNECTED' AND refused_at IS NOT NULL;

-- The pace of all processes together: when the next check of a mode may begin.
CREATE TABLE check_pace (
    destination TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (destination IN ('STRIPE', 'STRIPE_TEST_MODE')),
    free_at TIMESTAMPTZ NOT NULL
);
INSERT INTO check_pace VALUES
    ('STRIPE', '1970-01-01 00:00:00+00:00'), ('STRIPE_TEST_MODE', '1970-01-01 00:00:00+00:00');
