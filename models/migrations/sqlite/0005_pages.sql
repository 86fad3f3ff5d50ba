-- Triggers copy the columns that lists filter by to the integration's row, where an index can find them.
ALTER TABLE integrations ADD COLUMN kept_status TEXT;
ALTER TABLE integrations ADD COLUMN kept_destination TEXT;
CREATE TRIGGER integrations_keep_status AFTER UPDATE OF active, credential_id ON integrations BEGIN
    UPDATE integrations SET (kept_status, kept_destination) = (
        SELECT CASE WHEN NOT NEW.active THEN 'INACTIVE' WHEN status = 'CONNECTED' THEN 'ACTIVE' ELSE 'NEEDS_ATTENTION' END,
            destination FROM credentials WHERE id = NEW.credential_id) WHERE id = NEW.id; END;
CREATE TRIGGER integrations_keep_first_status AFTER INSERT ON integrations BEGIN
    UPDATE integrations SET active = active WHERE id = NEW.id; END;
CREATE TRIGGER credentials_keep_statuses AFTER UPDATE OF status, destination ON credentials
    WHEN NEW.status <> OLD.status OR NEW.destination <> OLD.destination BEGIN
    UPDATE integrations SET active = active WHERE credential_id = NEW.id; END;
UPDATE integrations SET active = active;

CREATE INDEX integrations_by_status ON integrations (organization_id, kept_status, id);
CREATE INDEX integrations_by_destination ON integrations (organization_id, kept_destination, id);
CREATE INDEX credentials_by_status ON credentials (organization_id, status, id);
CREATE INDEX credentials_by_destination ON credentials (organization_id, destination, id);
CREATE INDEX credentials_by_method ON credentials (organization_id, method, id);
CREATE INDEX events_of_kind ON events (organization_id, kind, position);
