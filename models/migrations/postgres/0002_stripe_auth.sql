ALTER TABLE credentials ADD COLUMN sealed_refresh_token TEXT;
ALTER TABLE credentials ADD COLUMN granted_scope TEXT;
ALTER TABLE credentials ADD COLUMN connected_at TIMESTAMPTZ;
ALTER TABLE credentials ADD COLUMN account_told BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE credentials ADD COLUMN expiring_told BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX credentials_by_expiry ON credentials (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX credentials_of_account ON credentials (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE stripe_auths (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    credential_id TEXT COLLATE "C" NOT NULL,
    viewer_id TEXT COLLATE "C" NOT NULL,
    state_hash TEXT NOT NULL,
    destination TEXT NOT NULL CHECK (destination IN ('STRIPE', 'STRIPE_TEST_MODE')),
    return_url TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
        status IN ('PENDING', 'CLAIMED', 'CONNECTED', 'DENIED', 'REJECTED', 'MODE_MISMATCH', 'OTHER_ACCOUNT', 'EXPIRED', 'UNKNOWN')
    ),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX stripe_auths_state ON stripe_auths (state_hash);
CREATE INDEX stripe_auths_by_expiry ON stripe_auths (expires_at);
