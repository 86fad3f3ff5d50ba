-- Names are unique by their key, so that no two look the same. Only Python can compute it.
ALTER TABLE api_tokens ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN ended_at TIMESTAMPTZ;
UPDATE api_tokens SET ended_at = revoked_at;
DROP INDEX integrations_name;
DROP INDEX credentials_name;
DROP INDEX api_tokens_name;
-- Python: fill_name_keys;
ALTER TABLE api_tokens ALTER COLUMN name_key DROP DEFAULT;

-- Lists in the order of names use these, too.
DROP INDEX integrations_by_name;
DROP INDEX credentials_by_name;
CREATE UNIQUE INDEX integrations_name_key ON integrations (organization_id, name_key);
CREATE UNIQUE INDEX credentials_name_key ON credentials (organization_id, name_key);
-- The name of a token that was revoked or has expired can be used again.
CREATE UNIQUE INDEX api_tokens_name_key ON api_tokens (organization_id, name_key) WHERE ended_at IS NULL;
CREATE INDEX api_tokens_by_expiry ON api_tokens (expires_at) WHERE expires_at IS NOT NULL AND ended_at IS NULL;
