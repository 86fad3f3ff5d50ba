-- An integration uses a credential of its own organization. Events, Stripe authorizations and idempotency keys name rows
-- that they outlive, so no foreign key can hold there.
DROP INDEX credentials_by_creation;
CREATE UNIQUE INDEX credentials_by_creation ON credentials (organization_id, id);

-- SQLite cannot add a foreign key, so the table is rebuilt: https://www.sqlite.org/lang_altertable.html#otheralter
-- No table refers to it. The checks make the migration fail, and change nothing, if the rebuilt table lacks anything.
CREATE TABLE rebuilding (
    foreign_credentials INTEGER NOT NULL DEFAULT 0
        CONSTRAINT every_integration_uses_a_credential_of_its_own_organization CHECK (foreign_credentials = 0),
    missing INTEGER NOT NULL DEFAULT 0 CONSTRAINT the_rebuilt_table_lacks_nothing CHECK (missing = 0)
);
INSERT INTO rebuilding (foreign_credentials)
    SELECT COUNT(*) FROM integrations i WHERE NOT EXISTS (
        SELECT 1 FROM credentials c WHERE c.id = i.credential_id AND c.organization_id = i.organization_id);
CREATE TABLE kept_objects AS
    SELECT name FROM sqlite_master WHERE tbl_name IN ('integrations', 'credentials') AND sql IS NOT NULL
    UNION ALL SELECT 'column ' || name FROM pragma_table_info('integrations');

CREATE TABLE integrations_rebuilt (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    credential_id TEXT NOT NULL,
    provider TEXT NOT NULL CHECK (provider IN ('STRIPE')),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    status_copy TEXT,
    destination_copy TEXT,
    FOREIGN KEY (organization_id, credential_id) REFERENCES credentials (organization_id, id) ON DELETE RESTRICT
);
INSERT INTO integrations_rebuilt (id, organization_id, credential_id, provider, name, name_key, active, created_at, updated_at,
        version, status_copy, destination_copy)
    SELECT id, organization_id, credential_id, provider, name, name_key, active, created_at, updated_at,
        version, status_copy, destination_copy FROM integrations;
INSERT INTO rebuilding (missing)
    SELECT (SELECT COUNT(*) FROM integrations) - (SELECT COUNT(*) FROM integrations_rebuilt);

DROP TRIGGER credentials_copy_status;
DROP TABLE integrations;
ALTER TABLE integrations_rebuilt RENAME TO integrations;
CREATE INDEX integrations_by_creation ON integrations (organization_id, id);
CREATE UNIQUE INDEX integrations_name_key ON integrations (organization_id, name_key);
CREATE INDEX integrations_of_credential ON integrations (credential_id, id);
CREATE INDEX integrations_by_status ON integrations (organization_id, status_copy, id);
CREATE INDEX integrations_by_destination ON integrations (organization_id, destination_copy, id);
CREATE TRIGGER integrations_copy_status AFTER UPDATE OF active, credential_id ON integrations BEGIN
    UPDATE integrations SET (status_copy, destination_copy) = (
        SELECT CASE WHEN NOT NEW.active THEN 'INACTIVE' WHEN status = 'CONNECTED' THEN 'ACTIVE' ELSE 'NEEDS_ATTENTION' END,
            destination FROM credentials WHERE id = NEW.credential_id) WHERE id = NEW.id; END;
CREATE TRIGGER integrations_copy_first_status AFTER INSERT ON integrations BEGIN
    UPDATE integrations SET active = active WHERE id = NEW.id; END;
CREATE TRIGGER credentials_copy_status AFTER UPDATE OF status, destination ON credentials
    WHEN NEW.status <> OLD.status OR NEW.destination <> OLD.destination BEGIN
    UPDATE integrations SET active = active WHERE credential_id = NEW.id; END;

INSERT INTO rebuilding (missing)
    SELECT COUNT(*) FROM kept_objects WHERE name NOT IN (
        SELECT name FROM sqlite_master WHERE sql IS NOT NULL
        UNION ALL SELECT 'column ' || name FROM pragma_table_info('integrations'));
DROP TABLE kept_objects;
DROP TABLE rebuilding;
