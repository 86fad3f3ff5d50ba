-- Searching for a part of a name uses trigrams. The owner of a database can add this extension. Others cannot.
DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
    RAISE EXCEPTION 'Searching needs the extension pg_trgm, which could not be added (%). Have an administrator of PostgreSQL run CREATE EXTENSION pg_trgm in this database, and migrate again.', SQLERRM; END $$;

-- Triggers copy the columns that lists filter by to the integration's row, where an index can find them.
ALTER TABLE integrations ADD COLUMN kept_status TEXT;
ALTER TABLE integrations ADD COLUMN kept_destination TEXT;
CREATE FUNCTION keep_status() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN SELECT CASE WHEN NOT NEW.active THEN 'INACTIVE' WHEN status = 'CONNECTED' THEN 'ACTIVE' ELSE 'NEEDS_ATTENTION' END,
        destination INTO NEW.kept_status, NEW.kept_destination FROM credentials WHERE id = NEW.credential_id; RETURN NEW; END $$;
CREATE TRIGGER integrations_keep_status BEFORE INSERT OR UPDATE ON integrations
    FOR EACH ROW EXECUTE FUNCTION keep_status();
CREATE FUNCTION keep_statuses() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE integrations SET active = active WHERE credential_id = NEW.id; RETURN NULL; END $$;
CREATE TRIGGER credentials_keep_statuses AFTER UPDATE ON credentials
    FOR EACH ROW WHEN (NEW.status <> OLD.status OR NEW.destination <> OLD.destination) EXECUTE FUNCTION keep_statuses();
UPDATE integrations SET active = active;

CREATE INDEX integrations_by_status ON integrations (organization_id, kept_status, id);
CREATE INDEX integrations_by_destination ON integrations (organization_id, kept_destination, id);
CREATE INDEX credentials_by_status ON credentials (organization_id, status, id);
CREATE INDEX credentials_by_destination ON credentials (organization_id, destination, id);
CREATE INDEX credentials_by_method ON credentials (organization_id, method, id);
CREATE INDEX events_of_kind ON events (organization_id, kind, position);
-- Without fastupdate, because every search scans the list of pending entries sequentially.
CREATE INDEX integrations_by_part_of_name ON integrations USING gin (name_key gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX credentials_by_part_of_name ON credentials USING gin (name_key gin_trgm_ops) WITH (fastupdate = off);

-- Rows are stored in the order of their ids. With statistics about this, PostgreSQL would read an organization's newest rows
-- by the primary key and scan all newer rows of other organizations. So ids get no statistics, and setting their types,
-- which do not change, discards the existing ones.
ALTER TABLE integrations ALTER COLUMN id SET STATISTICS 0;
ALTER TABLE integrations ALTER COLUMN id TYPE TEXT COLLATE "C";
ALTER TABLE credentials ALTER COLUMN id SET STATISTICS 0;
ALTER TABLE credentials ALTER COLUMN id TYPE TEXT COLLATE "C";
