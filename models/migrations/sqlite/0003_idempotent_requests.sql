CREATE TABLE idempotent_requests (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    viewer_id TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    claimed_until TEXT NOT NULL,
    sealed_answer TEXT,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX idempotent_requests_key ON idempotent_requests (organization_id, viewer_id, key);
CREATE INDEX idempotent_requests_by_creation ON idempotent_requests (created_at);
