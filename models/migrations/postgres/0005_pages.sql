-- A part of a name is found by its trigrams. Who owns a database may add this extension to it; others may not.
DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
    RAISE EXCEPTION 'Searching needs the extension pg_trgm, which could not be added (%). Have an administrator of PostgreSQL run CREATE EXTENSION pg_trgm in this database, and migrate again.', SQLERRM; END $$;

-- What lists are narrowed by is copied to the integration's own row, where an index finds it; whoever writes.
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
-- Written at once, not put off: what waits to be written is searched from its beginning to its end.
CREATE INDEX integrations_by_part_of_name ON integrations USING gin (name_key gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX credentials_by_part_of_name ON credentials USING gin (name_key gin_trgm_ops) WITH (fastupdate = off);

-- Rows lie in the order of their ids. Where PostgreSQL knows it, it takes the primary key for the cheapest way to an organization's
-- newest, and walks through all that others have added since. So it is to know nothing; the types, unchanged, make it forget.
ALTER TABLE integrations ALTER COLUMN id SET STATISTICS 0;
ALTER TABLE integrations ALTER COLUMN id TYPE TEXT COLLATE "C";
ALTER TABLE credentials ALTER COLUMN id SET STATISTICS 0;
ALTER TABLE credentials ALTER COLUMN id TYPE TEXT COLLATE "C";
