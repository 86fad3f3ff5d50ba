-- Credentials and integrations are found by the last four characters of the key, which Stripe's dashboard shows.
ALTER TABLE integrations ADD COLUMN key_ending_copy TEXT;
CREATE OR REPLACE FUNCTION copy_status() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN SELECT CASE WHEN NOT NEW.active THEN 'INACTIVE' WHEN status = 'CONNECTED' THEN 'ACTIVE' ELSE 'NEEDS_ATTENTION' END,
        destination, lower(right(masked_secret, 4)) INTO NEW.status_copy, NEW.destination_copy, NEW.key_ending_copy
        FROM credentials WHERE id = NEW.credential_id; RETURN NEW; END $$;
DROP TRIGGER credentials_copy_status ON credentials;
CREATE TRIGGER credentials_copy_status AFTER UPDATE ON credentials
    FOR EACH ROW WHEN (NEW.status <> OLD.status OR NEW.destination <> OLD.destination
        OR NEW.masked_secret IS DISTINCT FROM OLD.masked_secret)
    EXECUTE FUNCTION copy_status_to_integrations();
UPDATE integrations SET active = active;
CREATE INDEX integrations_by_key_ending ON integrations (organization_id, key_ending_copy);
CREATE INDEX credentials_by_key_ending ON credentials
    (organization_id, lower(substr(masked_secret, length(masked_secret) - 3)));

-- The log is filtered by actor and time.
CREATE INDEX events_of_actor ON events (organization_id, actor_id, position) WHERE actor_id IS NOT NULL;
CREATE INDEX events_of_actor_kind ON events (organization_id, actor_kind, position);
CREATE INDEX events_by_time ON events (organization_id, occurred_at, position);
