-- Credentials and integrations are found by the last four characters of the key, which Stripe's dashboard shows. Without an
-- index: here, a search for a part of a name looks at every row of the organization anyway.
ALTER TABLE integrations ADD COLUMN key_ending_copy TEXT;
DROP TRIGGER integrations_copy_status;
DROP TRIGGER credentials_copy_status;
CREATE TRIGGER integrations_copy_status AFTER UPDATE OF active, credential_id ON integrations BEGIN
    UPDATE integrations SET (status_copy, destination_copy, key_ending_copy) = (
        SELECT CASE WHEN NOT NEW.active THEN 'INACTIVE' WHEN status = 'CONNECTED' THEN 'ACTIVE' ELSE 'NEEDS_ATTENTION' END,
            destination, lower(substr(masked_secret, -4)) FROM credentials WHERE id = NEW.credential_id) WHERE id = NEW.id; END;
CREATE TRIGGER credentials_copy_status AFTER UPDATE OF status, destination, masked_secret ON credentials
    WHEN NEW.status <> OLD.status OR NEW.destination <> OLD.destination OR NEW.masked_secret IS NOT OLD.masked_secret BEGIN
    UPDATE integrations SET active = active WHERE credential_id = NEW.id; END;
UPDATE integrations SET active = active;

-- The log is filtered by actor and time.
CREATE INDEX events_of_actor ON events (organization_id, actor_id, position) WHERE actor_id IS NOT NULL;
CREATE INDEX events_of_actor_kind ON events (organization_id, actor_kind, position);
CREATE INDEX events_by_time ON events (organization_id, occurred_at, position);
