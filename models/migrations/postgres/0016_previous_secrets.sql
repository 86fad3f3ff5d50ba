-- The key that the current one has replaced, while it is kept.
ALTER TABLE credentials ADD COLUMN sealed_previous_secret TEXT;
ALTER TABLE credentials ADD COLUMN previous_account_id TEXT;
ALTER TABLE credentials ADD COLUMN previous_destination TEXT CHECK (previous_destination IN ('STRIPE', 'STRIPE_TEST_MODE'))
    CHECK ((previous_destination IS NOT NULL) = (sealed_previous_secret IS NOT NULL));
ALTER TABLE credentials ADD COLUMN previous_secret_until TIMESTAMPTZ
    CHECK ((previous_secret_until IS NOT NULL) = (sealed_previous_secret IS NOT NULL));
CREATE INDEX credentials_by_previous_secret ON credentials (previous_secret_until) WHERE previous_secret_until IS NOT NULL;

-- Reveals record whose secret they were of. The index has the newest reveal of each caller first.
ALTER TABLE events ADD COLUMN credential_id TEXT;
CREATE INDEX events_of_consumers ON events (credential_id, actor_kind, actor_id, position DESC)
    WHERE credential_id IS NOT NULL AND actor_id IS NOT NULL;

-- Older reveals did not. They count for the credential that their integration uses now, and for the last secret before them
-- that the log shows, or else the first.
UPDATE events SET credential_id = (
    SELECT credential_id FROM integrations
    WHERE integrations.organization_id = events.organization_id AND integrations.id = events.subject)
    WHERE kind = 'SECRET_REVEALED';
UPDATE events SET secret_version = COALESCE((
    SELECT earlier.secret_version FROM events AS earlier
    WHERE earlier.organization_id = events.organization_id AND earlier.subject = events.credential_id
        AND earlier.position < events.position AND earlier.secret_version IS NOT NULL
    ORDER BY earlier.position DESC LIMIT 1), 1) WHERE credential_id IS NOT NULL;
