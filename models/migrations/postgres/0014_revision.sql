-- The version of an organization's rows: cached responses are valid while it is unchanged.
ALTER TABLE organizations ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
