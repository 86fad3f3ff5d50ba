CREATE TABLE withdrawals (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    account_id TEXT NOT NULL,
    destination TEXT NOT NULL CHECK (destination IN ('STRIPE', 'STRIPE_TEST_MODE')),
    sealed_token TEXT,
    attempts INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX withdrawals_by_due_time ON withdrawals (due_at);

-- Tokens that Stripe has ended. They never work again.
UPDATE credentials SET sealed_secret = NULL WHERE problem = 'DEAUTHORIZED';
