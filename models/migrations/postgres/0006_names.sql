-- Nothing uses refresh tokens, and an unused stored secret is a liability.
ALTER TABLE credentials DROP COLUMN sealed_refresh_token;
ALTER TABLE credentials DROP COLUMN granted_scope;

ALTER TABLE credentials RENAME COLUMN account_told TO account_known;
ALTER TABLE credentials RENAME COLUMN expiring_told TO expiry_warned;
ALTER TABLE integrations RENAME COLUMN kept_status TO status_copy;
ALTER TABLE integrations RENAME COLUMN kept_destination TO destination_copy;

-- PL/pgSQL resolves column names when a function runs, so both functions must be recreated.
DROP TRIGGER integrations_keep_status ON integrations;
DROP TRIGGER credentials_keep_statuses ON credentials;
DROP FUNCTION keep_status();
DROP FUNCTION keep_statuses();
CREATE FUNCTION copy_status() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN SELECT CASE WHEN NOT NEW.active THEN 'INACTIVE' WHEN status = 'CONNECTED' THEN 'ACTIVE' ELSE 'NEEDS_ATTENTION' END,
        destination INTO NEW.status_copy, NEW.destination_copy FROM credentials WHERE id = NEW.credential_id; RETURN NEW; END $$;
CREATE TRIGGER integrations_copy_status BEFORE INSERT OR UPDATE ON integrations
    FOR EACH ROW EXECUTE FUNCTION copy_status();
CREATE FUNCTION copy_status_to_integrations() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE integrations SET active = active WHERE credential_id = NEW.id; RETURN NULL; END $$;
CREATE TRIGGER credentials_copy_status AFTER UPDATE ON credentials
    FOR EACH ROW WHEN (NEW.status <> OLD.status OR NEW.destination <> OLD.destination)
    EXECUTE FUNCTION copy_status_to_integrations();
