-- Two ways of OAuth: Stripe Apps, whose access tokens end after an hour and are refreshed, and Connect.
ALTER TABLE credentials ADD COLUMN flow TEXT CHECK (flow IN ('STRIPE_APP', 'CONNECT'));
UPDATE credentials SET flow = 'CONNECT' WHERE method = 'OAUTH';
ALTER TABLE credentials ADD COLUMN granted_scope TEXT;
ALTER TABLE credentials ADD COLUMN sealed_refresh_token TEXT;
ALTER TABLE credentials ADD COLUMN access_expires_at TIMESTAMPTZ
    CHECK (access_expires_at IS NULL OR flow = 'STRIPE_APP');
-- Which process refreshes an access token, and until when none does because Stripe failed.
ALTER TABLE credentials ADD COLUMN refresh_claimed_until TIMESTAMPTZ;
ALTER TABLE credentials ADD COLUMN refresh_paused_until TIMESTAMPTZ;

ALTER TABLE stripe_auths ADD COLUMN flow TEXT NOT NULL DEFAULT 'CONNECT' CHECK (flow IN ('STRIPE_APP', 'CONNECT'));
ALTER TABLE withdrawals ADD COLUMN flow TEXT NOT NULL DEFAULT 'CONNECT' CHECK (flow IN ('STRIPE_APP', 'CONNECT'));
