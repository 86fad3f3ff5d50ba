-- Webhook endpoints: each is a cursor into its organization's log, the time of its next attempt, and a claim. The claim's owner
-- alone moves the cursor, except that a user can move it back.
CREATE TABLE webhook_endpoints (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    url TEXT NOT NULL,
    description TEXT,
    kinds TEXT,
    status TEXT NOT NULL CHECK (status IN ('ENABLED', 'DISABLED')),
    problem TEXT,
    failing_since TEXT,
    last_success_at TEXT,
    position INTEGER NOT NULL CHECK (position >= 0),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_attempt_at TEXT,
    claimed_until TEXT,
    claimed_by TEXT CHECK ((claimed_by IS NOT NULL) = (claimed_until IS NOT NULL)),
    sealed_secret TEXT NOT NULL,
    sealed_previous_secret TEXT,
    previous_secret_until TEXT
        CHECK ((previous_secret_until IS NOT NULL) = (sealed_previous_secret IS NOT NULL)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE UNIQUE INDEX webhook_endpoints_by_creation ON webhook_endpoints (organization_id, id);
CREATE INDEX webhook_endpoints_by_attempt ON webhook_endpoints (next_attempt_at)
    WHERE status = 'ENABLED' AND next_attempt_at IS NOT NULL;
CREATE INDEX webhook_endpoints_by_previous_secret ON webhook_endpoints (previous_secret_until)
    WHERE previous_secret_until IS NOT NULL;

-- Attempts to deliver an event, forgotten after 30 days. They outlive their endpoint for as long as it takes to delete them in
-- batches, so no foreign key can hold there.
CREATE TABLE webhook_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    endpoint_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    attempt INTEGER NOT NULL CHECK (attempt >= 1),
    attempted_at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('DELIVERED', 'FAILED', 'SKIPPED')),
    response_status INTEGER,
    duration_ms INTEGER NOT NULL,
    problem TEXT CHECK ((problem IS NOT NULL) = (outcome <> 'DELIVERED'))
);
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (organization_id, endpoint_id, id);
CREATE INDEX webhook_deliveries_counted ON webhook_deliveries (organization_id, endpoint_id, attempted_at, outcome);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (attempted_at);
