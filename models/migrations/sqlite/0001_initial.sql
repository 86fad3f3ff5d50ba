CREATE TABLE organizations (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX organizations_name ON organizations (name);

CREATE TABLE credentials (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    destination TEXT NOT NULL CHECK (destination IN ('STRIPE', 'STRIPE_TEST_MODE')),
    method TEXT NOT NULL CHECK (method IN ('SECRET_KEY', 'OAUTH')),
    status TEXT NOT NULL CHECK (status IN ('INCOMPLETE', 'CONNECTED', 'DISCONNECTED')),
    problem TEXT CHECK ((problem IS NOT NULL) = (status = 'DISCONNECTED')),
    sealed_secret TEXT CHECK (status <> 'CONNECTED' OR sealed_secret IS NOT NULL),
    masked_secret TEXT,
    account_id TEXT,
    account_name TEXT,
    account_country TEXT,
    account_currency TEXT,
    expires_at TEXT CHECK ((expires_at IS NOT NULL) = (status = 'INCOMPLETE')),
    verified_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE UNIQUE INDEX credentials_name ON credentials (organization_id, name);
CREATE INDEX credentials_by_creation ON credentials (organization_id, id);
CREATE INDEX credentials_by_name ON credentials (organization_id, name_key, id);

CREATE TABLE integrations (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE RESTRICT,
    provider TEXT NOT NULL CHECK (provider IN ('STRIPE')),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE UNIQUE INDEX integrations_name ON integrations (organization_id, name);
CREATE INDEX integrations_by_creation ON integrations (organization_id, id);
CREATE INDEX integrations_by_name ON integrations (organization_id, name_key, id);
CREATE INDEX integrations_of_credential ON integrations (credential_id, id);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    masked_token TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    expires_at TEXT,
    revoked_at TEXT
);
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (token_hash);
-- The name of a revoked token can be used again.
CREATE UNIQUE INDEX api_tokens_name ON api_tokens (organization_id, name) WHERE revoked_at IS NULL;
CREATE INDEX api_tokens_by_creation ON api_tokens (organization_id, id);

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    previous_status TEXT,
    status TEXT,
    reason TEXT,
    actor TEXT NOT NULL,
    occurred_at TEXT NOT NULL
);
CREATE UNIQUE INDEX events_position ON events (organization_id, position);
CREATE INDEX events_of_subject ON events (organization_id, subject, position);
