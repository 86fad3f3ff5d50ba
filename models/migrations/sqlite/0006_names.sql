-- Nothing uses refresh tokens, and an unused stored secret is a liability.
ALTER TABLE credentials DROP COLUMN sealed_refresh_token;
ALTER TABLE credentials DROP COLUMN granted_scope;

DROP TRIGGER integrations_keep_status;
DROP TRIGGER integrations_keep_first_status;
DROP TRIGGER credentials_keep_statuses;
ALTER TABLE credentials RENAME COLUMN account_told TO account_known;
ALTER TABLE credentials RENAME COLUMN expiring_told TO expiry_warned;
ALTER TABLE integrations RENAME COLUMN kept_status TO status_copy;
ALTER TABLE integrations RENAME COLUMN kept_destination TO destination_copy;

CREATE TRIGGER integrations_copy_status AFTER UPDATE OF active, credential_id ON integrations BEGIN
    UPDATE integrations SET (status_copy, destination_copy) = (
        SELECT CASE WHEN NOT NEW.active THEN 'INACTIVE' WHEN status = 'CONNECTED' THEN 'ACTIVE' ELSE 'NEEDS_ATTENTION' END,
            destination FROM credentials WHERE id = NEW.credential_id) WHERE id = NEW.id; END;
CREATE TRIGGER integrations_copy_first_status AFTER INSERT ON integrations BEGIN
    UPDATE integrations SET active = active WHERE id = NEW.id; END;
CREATE TRIGGER credentials_copy_status AFTER UPDATE OF status, destination ON credentials
    WHEN NEW.status <> OLD.status OR NEW.destination <> OLD.destination BEGIN
    UPDATE integrations SET active = active WHERE credential_id = NEW.id; END;
